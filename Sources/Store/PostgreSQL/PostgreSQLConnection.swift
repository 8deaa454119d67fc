import CPostgreSQL
import Foundation

/// A connection to a PostgreSQL server. Calls block, until their deadline at most.
final class PostgreSQLConnection: SQLConnection {
    private let handle: OpaquePointer
    let forUpdate = " FOR UPDATE"

    /// For connecting, in ms.
    private static let connectDeadline: Int64 = 5000
    /// For one statement, in ms: longer than the server's own limit, so that usually the server says it.
    private static let deadline: Int64 = 20_000

    /// - Throws: `StoreProblem`.
    init(_ address: PostgreSQLAddress) throws(StoreProblem) {
        var opened: OpaquePointer?
        var message = [CChar](repeating: 0, count: 512)
        let code = cpg_connect(address.text, Self.connectDeadline, &message, message.count, &opened)
        guard let opened else {
            throw StoreProblem(
                code, String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        handle = opened
    }

    deinit { cpg_disconnect(handle) }

    /// Whether it can be used, as far as is known.
    var isUsable: Bool { cpg_is_connected(handle) && !cpg_is_in_transaction(handle) }

    /// The server's process that it is with, as whoever was connected to says.
    var process: Int { Int(cpg_process(handle)) }

    /// Waits for a notification of a channel that was listened to.
    /// - Parameter milliseconds: How long, at most.
    /// - Returns: Whether there was one.
    /// - Throws: `StoreProblem` if the connection was lost.
    func waitForNotification(_ milliseconds: Int64) throws(StoreProblem) -> Bool {
        let code = cpg_wait_for_notification(handle, milliseconds)
        guard code >= 0 else { throw StoreProblem(code, String(cString: cpg_message(handle))) }
        return code > 0
    }

    func run(_ sql: String, _ values: [SQLValue]) throws -> Int {
        let result = try send(sql, values)
        defer { cpg_result_free(result) }
        return Int(cpg_result_changes(result))
    }

    func rows(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] {
        let result = try send(sql, values)
        defer { cpg_result_free(result) }
        let count = cpg_result_columns(result)
        let names = (0..<count).map { (String(cString: cpg_result_name(result, $0)), Int($0)) }
        let columns = Dictionary(names) { first, _ in first }
        return try (0..<cpg_result_rows(result)).map { row in
            SQLRow(columns: columns, values: try (0..<count).map { try Self.value(result, row, $0) })
        }
    }

    // MARK: Statements

    private func send(_ sql: String, _ values: [SQLValue]) throws(StoreProblem) -> OpaquePointer {
        var result: OpaquePointer?
        let code = withCValues(values) { values in
            cpg_run(handle, Self.numbered(sql), values.baseAddress, Int32(values.count), Self.deadline, &result)
        }
        if code == 0, let result { return result }
        defer { cpg_result_free(result) }
        guard code == CPG_ERROR_STATEMENT, let result else {
            throw StoreProblem(code, String(cString: cpg_message(handle)))
        }
        throw StoreProblem(
            state: String(cString: cpg_result_state(result)), String(cString: cpg_result_message(result)))
    }

    /// PostgreSQL's placeholders for SQLite's. No statement holds a question mark otherwise.
    private static func numbered(_ sql: String) -> String {
        var (numbered, count) = ("", 0)
        var rest = sql[...]
        while let mark = rest.firstIndex(of: "?") {
            numbered += rest[..<mark] + "$"
            rest = rest[rest.index(after: mark)...]
            if rest.first?.isNumber != true {
                count += 1
                numbered += "\(count)"
            }
        }
        return numbered + rest
    }

    private func withCValues<Result>(
        _ values: [SQLValue], _ body: (UnsafeBufferPointer<cpg_value>) -> Result
    ) -> Result {
        // All texts and bytes in a row, each text with a zero after it.
        var storage: [UInt8] = []
        var places: [(type: Int, range: Range<Int>?)] = []
        for value in values {
            let start = storage.count
            let type = value.write(to: &storage)
            places.append((type, value == .null ? nil : start..<storage.count))
            storage.append(0)
        }
        return storage.withUnsafeBytes { bytes in
            let base = bytes.bindMemory(to: CChar.self).baseAddress
            let natives = places.map { place in
                cpg_value(
                    type: UInt32(place.type), text: place.range.flatMap { base?.advanced(by: $0.lowerBound) },
                    size: Int32(place.range?.count ?? 0))
            }
            return natives.withUnsafeBufferPointer(body)
        }
    }

    // MARK: Results

    private static func value(_ result: OpaquePointer, _ row: Int32, _ column: Int32) throws(StoreProblem) -> SQLValue {
        var size: Int32 = 0
        guard let start = cpg_result_value(result, row, column, &size) else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(size))
        let text = String(decoding: bytes, as: UTF8.self)
        let value: SQLValue? =
            switch Int(cpg_result_type(result, column)) {
            case CPG_BOOL: .boolean(text == "t")
            case CPG_INT2, CPG_INT4, CPG_INT8: Int64(text).map(SQLValue.integer)
            case CPG_FLOAT4, CPG_FLOAT8: Double(text).map(SQLValue.real)
            // Sums of whole numbers.
            case CPG_NUMERIC: Int64(text).map(SQLValue.integer) ?? Double(text).map(SQLValue.real)
            case CPG_BYTEA: decodeHexadecimal(bytes.dropFirst(2)).map(SQLValue.bytes)
            default: .text(text)
            }
        guard let value else { throw StoreProblem(.damaged, "a value is of another type") }
        return value
    }

    private static func decodeHexadecimal(_ digits: Slice<UnsafeRawBufferPointer>) -> Data? {
        var data = Data(capacity: digits.count / 2)
        var high: UInt8?
        for digit in digits {
            guard let value = Character(UnicodeScalar(digit)).hexDigitValue.map(UInt8.init) else { return nil }
            if let first = high {
                data.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? data : nil
    }
}

extension SQLValue {
    /// Appends what PostgreSQL reads.
    /// - Returns: Its type.
    fileprivate func write(to storage: inout [UInt8]) -> Int {
        switch self {
        case .null: return CPG_UNKNOWN
        case .integer(let number):
            storage += "\(number)".utf8
            return CPG_INT8
        case .real(let number):
            storage += "\(number)".utf8
            return CPG_FLOAT8
        case .text(let text):
            // PostgreSQL has no text with zeros in it.
            storage += text.utf8.filter { $0 != 0 }
            return CPG_TEXT
        case .bytes(let bytes):
            storage += bytes
            return CPG_BYTEA
        case .boolean(let boolean):
            storage += (boolean ? "t" : "f").utf8
            return CPG_BOOL
        }
    }
}

extension StoreProblem {
    /// - Parameter message: libpq's.
    init(_ code: Int32, _ message: String) {
        let words = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        switch Int(code) {
        case CPG_ERROR_DEADLINE: self.init(.tooSlow, "the database did not answer in time")
        case CPG_ERROR_ADDRESS: self.init(.other("address"), "the address makes no sense")
        case CPG_ERROR_MEMORY: self.init(.other("memory"), "there is no memory left")
        default: self.init(.unavailable, words.isEmpty ? "the connection was lost" : words)
        }
    }

    /// - Parameters:
    ///   - state: An SQLSTATE; see the appendix on error codes of PostgreSQL's manual.
    ///   - message: The server's.
    init(state: String, _ message: String) {
        let kind: Kind =
            switch state {
            case "25006": .readOnly
            case "53100", "53200": .full
            case "57014", "55P03": .tooSlow
            case _ where state.hasPrefix("23"): .conflict
            case _ where state.hasPrefix("08") || state.hasPrefix("57P") || state == "53300": .unavailable
            default: .other(state)
            }
        self.init(kind, message)
    }

    /// Whether another attempt of the same transaction may succeed, since it met another one (deadlock, serialization).
    var isCollision: Bool { kind == .other("40P01") || kind == .other("40001") }
}
