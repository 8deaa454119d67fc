import Foundation
import HTTPCalling
import Moderation
import Wire

/// Reports misjudged pictures to Sightengine.
public struct SightengineFeedback: Sendable {
    private let endpoint: SightengineEndpoint
    private let caller: Caller

    /// - Parameter account: Of Sightengine.
    public init(_ account: Account, userAgent: String) throws {
        endpoint = SightengineEndpoint(account: account)
        caller = Caller(
            account.service.rawValue, client: try HTTPClient(connections: 1, userAgent: userAgent),
            rules: account.service.profile.rules)
    }

    /// Models, and the classes a picture may be reported as.
    public static var classes: [String: [String]] { SightengineModel.feedbackClasses }

    /// Returns what the service says. Throws `CallProblem` or `JudgeStop`.
    /// - Parameter picture: A file or an address.
    public func report(_ picture: VideoReference, model: String, trueClass: String) async throws -> String {
        var call = HTTPCall(url: endpoint.account.address + "/1.0/feedback.json")
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
