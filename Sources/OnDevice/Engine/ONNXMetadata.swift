import Foundation

/// The metadata of an ONNX model (`ModelProto.metadata_props`), which OpenVINO does not expose.
enum ONNXMetadata {
    /// The value of a key; `nil` if there is none or the file is not ONNX. Maps the file instead of loading it.
    static func value(of key: String, in path: String) -> String? {
        guard let file = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) else { return nil }
        var model = ProtobufFields(file)
        while let field = model.next() {
            guard field.number == 14, let entry = field.bytes else { continue }
            var (name, value): (Data?, Data?)
            var fields = ProtobufFields(entry)
            while let field = fields.next() {
                if field.number == 1 { name = field.bytes }
                if field.number == 2 { value = field.bytes }
            }
            if name == Data(key.utf8) { return value.flatMap { String(validating: $0, as: UTF8.self) } }
        }
        return nil
    }
}

/// The fields of a protobuf message, in order. Ends at the first malformed one.
private struct ProtobufFields {
    struct Field {
        let number: UInt64
        /// The field's bytes; `nil` for a number.
        let bytes: Data?
    }

    private var rest: Data

    init(_ message: Data) { rest = message }

    mutating func next() -> Field? {
        guard !rest.isEmpty, let tag = varint() else { return nil }
        let number = tag >> 3
        switch tag & 7 {
        case 0: return varint().map { _ in Field(number: number, bytes: nil) }
        case 1: return take(8).map { _ in Field(number: number, bytes: nil) }
        case 2: return varint().flatMap { take($0) }.map { Field(number: number, bytes: $0) }
        case 5: return take(4).map { _ in Field(number: number, bytes: nil) }
        default: return nil
        }
    }

    private mutating func take(_ count: UInt64) -> Data? {
        guard count <= UInt64(rest.count) else { return nil }
        let taken = rest.prefix(Int(count))
        rest = rest.dropFirst(Int(count))
        return taken
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 127) << shift
            if byte < 128 { return value }
        }
        return nil
    }
}
