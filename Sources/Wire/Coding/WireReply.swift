/// A response of a service, told apart by whether it decodes as a failure.
public enum WireReply<Answer: Codable & Hashable & Sendable, Failure: Codable & Hashable & Sendable>: Hashable, Sendable
{
    /// The media was judged.
    case answer(Answer)
    /// The request failed.
    case failure(Failure)
}

extension WireReply: Codable {
    public init(from decoder: any Decoder) throws {
        if let failure = try? Failure(from: decoder) {
            self = .failure(failure)
        } else {
            self = .answer(try Answer(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .answer(let answer): try answer.encode(to: encoder)
        case .failure(let failure): try failure.encode(to: encoder)
        }
    }
}
