/// One value for all categories, or one value each.
enum PerCategory<Value: Decodable & Sendable>: Decodable, Sendable {
    case all(Value)
    case each([String: Value])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // Look at the shape before decoding, so that an error describes the value that is wrong.
        if (try? decoder.container(keyedBy: NoKey.self)) != nil {
            self = .each(try container.decode([String: Value].self))
        } else {
            self = .all(try container.decode(Value.self))
        }
    }

    subscript(category: String) -> Value? {
        switch self {
        case .all(let value): value
        case .each(let values): values[category]
        }
    }

    /// The categories that have a value of their own.
    var names: Set<String> {
        if case .each(let values) = self { Set(values.keys) } else { [] }
    }
}

private enum NoKey: CodingKey {}
