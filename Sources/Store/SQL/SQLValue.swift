import Foundation

/// A value of a statement or a row.
enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes(Data)
    case boolean(Bool)
}

/// A type that databases store.
protocol SQLConvertible: Sendable {
    var sqlValue: SQLValue { get }
    /// - Returns: `nil` if the value is of another type.
    init?(_ value: SQLValue)
}

extension Int: SQLConvertible {
    var sqlValue: SQLValue { .integer(Int64(self)) }
    init?(_ value: SQLValue) {
        guard case .integer(let number) = value else { return nil }
        self.init(exactly: number)
    }
}

extension Int64: SQLConvertible {
    var sqlValue: SQLValue { .integer(self) }
    init?(_ value: SQLValue) {
        guard case .integer(let number) = value else { return nil }
        self = number
    }
}

extension Double: SQLConvertible {
    var sqlValue: SQLValue { .real(self) }
    init?(_ value: SQLValue) {
        switch value {
        case .real(let number): self = number
        case .integer(let number): self = Double(number)
        default: return nil
        }
    }
}

extension String: SQLConvertible {
    var sqlValue: SQLValue { .text(self) }
    init?(_ value: SQLValue) {
        guard case .text(let text) = value else { return nil }
        self = text
    }
}

extension Data: SQLConvertible {
    var sqlValue: SQLValue { .bytes(self) }
    init?(_ value: SQLValue) {
        guard case .bytes(let bytes) = value else { return nil }
        self = bytes
    }
}

/// SQLite has no booleans; it stores 0 and 1.
extension Bool: SQLConvertible {
    var sqlValue: SQLValue { .boolean(self) }
    init?(_ value: SQLValue) {
        switch value {
        case .boolean(let boolean): self = boolean
        case .integer(let number): self = number != 0
        default: return nil
        }
    }
}
