/// A response of a service.
public enum WireReply<Answer: Hashable & Sendable, Failure: Hashable & Sendable>: Hashable, Sendable {
    /// The media was judged.
    case answer(Answer)
    /// The request failed.
    case failure(Failure)
}

/// Told apart by whether it decodes as a failure.
extension WireReply: Codable where Answer: Codable, Failure: Codable {
    public init(from decoder: any Decoder) throws {
        self = try (try? .failure(Failure(from: decoder))) ?? .answer(Answer(from: decoder))
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .answer(let answer): try answer.encode(to: encoder)
        case .failure(let failure): try failure.encode(to: encoder)
        }
    }
}
