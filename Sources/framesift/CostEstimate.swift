import Endpoints
import Foundation
import Moderation
import Synchronization

/// A judge that counts what a service would be sent, and sends nothing.
final class CostEstimate: ImageJudge {
    private let service: ServiceJudge
    private let sums = Mutex((pictures: 0, known: 0, bytes: 0, operations: 0))

    init(_ service: ServiceJudge) { self.service = service }

    var identity: JudgeIdentity { service.identity }
    var categories: Set<ContentCategory> { service.categories }
    var concurrency: Int { 2 }

    func judge(_ still: any Picture, for categories: Set<ContentCategory>) async throws -> Judgement {
        let one = try await service.estimate(still, for: categories)
        sums.withLock { sums in
            sums.pictures += 1
            sums.known += one.isKnown ? 1 : 0
            sums.bytes += one.isKnown ? 0 : one.bytes
            sums.operations += one.operations
        }
        return Judgement(probabilities: [:])
    }

    func text(positions: Int, reused: Int, of tasks: [ModerationTask]) -> String {
        let sums = sums.withLock { $0 }
        return """
            \(service.identity.name) at \(service.identity.version) would be asked for: \(tasks.map(\.name).joined(separator: ", "))
              \(positions) positions, \(sums.pictures) pictures, \(sums.known) of them judged before
              \(sums.pictures - sums.known) requests, \(sums.operations) operations, \(String(format: "%.1f", Double(sums.bytes) / 1e6)) MB
            Nothing was sent.
            """
    }
}
