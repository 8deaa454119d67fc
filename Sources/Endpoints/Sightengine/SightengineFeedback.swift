import HTTPTransport
import Moderation
import Wire

/// Reports misjudged pictures to Sightengine.
public struct SightengineFeedback: Sendable {
    private let endpoint: SightengineEndpoint
    private let caller: Caller

    /// - Parameters:
    ///   - account: An account of Sightengine.
    ///   - userAgent: The `User-Agent` header.
    /// - Throws: `HTTPClient.OutOfResources`.
    public init(_ account: Account, userAgent: String) throws {
        endpoint = SightengineEndpoint(account: account)
        caller = try account.caller(userAgent: userAgent)
    }

    /// The models, and the classes that a picture may be reported as.
    public static var classes: [String: [String]] { SightengineModel.feedbackClasses }

    /// Reports a misjudged picture.
    /// - Parameters:
    ///   - picture: A file or an address.
    ///   - model: One of the keys of `classes`.
    ///   - trueClass: One of the model's classes.
    /// - Returns: The service's message.
    /// - Throws: `CallProblem`, `JudgeStop` or `CancellationError`.
    public func report(_ picture: VideoReference, model: String, trueClass: String) async throws -> String {
        var call = HTTPClientRequest(url: endpoint.account.address + "/1.0/feedback.json")
        call.parts = endpoint.credentials + [.field("model", model), .field("class", trueClass)]
        switch picture {
        case .file(let path): call.parts.append(.file("media", path: path))
        case .address(let address): call.parts.append(.field("url", address))
        }
        return try await caller.ask(call) {
            try SightengineEndpoint.read($0, SightengineFeedbackAnswer.self)
        }.message
    }
}
