import Foundation
import FrameSampling
import Moderation
import Pipeline
import Synchronization
import TestSupport
import Testing

private struct BlandJudge: ImageJudge {
    var identity: JudgeIdentity { JudgeIdentity(name: "bland", version: "1") }
    var categories: Set<Moderation.Category> { [.qr] }
    var concurrency: Int { 1 }

    func judge(_ still: any Still, for categories: Set<Moderation.Category>) async throws -> Judgement {
        Judgement(probabilities: [.qr: 0])
    }
}

/// Room for one image at a time. Who finds none waits on its thread, as decoders do.
private final class Room: Sendable {
    struct Full: Error {}
    private let place = DispatchSemaphore(value: 1)

    func take() throws {
        guard place.wait(timeout: .now() + 5) == .success else { throw Full() }
    }

    func giveBack() { place.signal() }
}

@Suite(.timeLimit(.minutes(1))) struct ImageCheckTests {
    @Test func `images that wait for memory do not hold up the one that has it`() async throws {
        let check = ImageCheck(judge: BlandJudge())
        let bytes = try Data(contentsOf: URL(filePath: Fixtures.still("odd.png")))
        let room = Room()
        let judged = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    let holds = Mutex(false)
                    defer { if holds.withLock({ $0 }) { room.giveBack() } }
                    let pictures = try await check.run(.all(limit: 2), for: [.qr]) {
                        try room.take()
                        holds.withLock { $0 = true }
                        return try ImageReader(bytes, maxPixels: 1_000_000)
                    } accept: { _, _ in
                    }
                    return pictures.count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(judged == 16)
    }
}
