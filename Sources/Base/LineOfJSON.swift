extension DecodingError {
    /// Why a line, which has to be an object of JSON, makes no sense: one sentence about “it”.
    package var ofLine: String {
        switch self {
        case .keyNotFound(let key, _): "It has no “\(key.stringValue)”."
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            Self.field(context).map { "Its “\($0)” has to be \(Self.words(type))." } ?? "It is no object of JSON."
        case .dataCorrupted(let context):
            Self.field(context).map { "Its “\($0)” makes no sense." } ?? "It begins with { but is no object of JSON."
        @unknown default: "It makes no sense."
        }
    }

    /// Keys from the outside in, without places in lists; `nil` for the line itself.
    private static func field(_ context: Context) -> String? {
        let names = context.codingPath.filter { $0.intValue == nil }.map(\.stringValue)
        return names.isEmpty ? nil : names.joined(separator: " → ")
    }

    private static func words(_ type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is any Numeric.Type: "a number"
        case is any Sequence.Type: type is [String: Any].Type ? "an object of JSON" : "a list"
        default: "something else"
        }
    }
}
