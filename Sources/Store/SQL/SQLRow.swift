/// A row of a result.
struct SQLRow: Sendable {
    /// The index of each column by its name. Shared by the rows of a result.
    let columns: [String: Int]
    let values: [SQLValue]

    /// The value of a column.
    /// - Throws: `StoreProblem` if there is no such column, or it holds the null value or another type.
    func value<Value: SQLConvertible>(_ column: String) throws -> Value {
        guard let value: Value = try optional(column) else { throw StoreProblem(.damaged, "\(column) is missing") }
        return value
    }

    /// The value of a column; `nil` for the null value.
    /// - Throws: `StoreProblem` if there is no such column, or it holds another type.
    func optional<Value: SQLConvertible>(_ column: String) throws -> Value? {
        guard let index = columns[column] else { throw StoreProblem(.damaged, "there is no \(column)") }
        if values[index] == .null { return nil }
        guard let value = Value(values[index]) else { throw StoreProblem(.damaged, "\(column) makes no sense") }
        return value
    }
}
