import Foundation
import FrameSampling
import Moderation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

/// Room for one image at a time. Who finds none waits on its thread, as decoders do.
private final class Room: Sendable {
    struct Full: Error {}
    private let place = DispatchSemaphore(value: 1)

    func take() throws {
        guard place.wait(timeout: .now() + 60) == .success else { throw Full() }
    }

    func giveBack() { place.signal() }
}

/// The picture that was judged before, as long as somebody has it. `@unchecked Sendable`: one is judged at a time.
private final class Before: @unchecked Sendable {
    weak var picture: DecodedPicture?
}

@Suite(.timeLimit(.minutes(5))) struct ImageCheckTests {
    @Test func `images that wait for memory do not hold up the one that has it`() async throws {
        let check = ImageCheck(judge: ScriptedJudge([.qr]))
        let bytes = try Data(contentsOf: URL(filePath: Fixtures.still("odd.png")))
        let room = Room()
        let judged = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    let holds = Mutex(false)
                    defer { if holds.withLock({ $0 }) { room.giveBack() } }
                    let pictures = try await check.run(.all(limit: 2), for: [.qr]) { _ in
                        try room.take()
                        holds.withLock { $0 = true }
                        return try ImageReader(bytes, maxPixels: 1_000_000)
                    } accept: { _ in
                    }
                    return pictures.count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(judged == 16)
    }

    @Test func `a picture is gone before the next one of its image is judged`() async throws {
        let before = Before(), kept = Atomic(0)
        let judge = ScriptedJudge(
            answer: { question in
                if before.picture != nil { kept.add(1, ordering: .relaxed) }
                before.picture = question.still as? DecodedPicture
                return Judgement(probabilities: [.qr: 0])
            }, categories: [.qr])
        let bytes = try Data(contentsOf: URL(filePath: Fixtures.image("3-pages.pdf")))
        let judged = try await ImageCheck(judge: judge).run(.first, for: [.qr]) { _ in
            try ImageReader(bytes, maxPixels: 1_000_000)
        } accept: { _ in
        }
        #expect(judged.count == 3 && kept.load(ordering: .relaxed) == 0)
    }

    /// Whether the picture is judged when `meanwhile` happens while it is being opened.
    private func judged(_ judge: ScriptedJudge, meanwhile: (Task<[JudgedPicture], any Error>) -> Void) async -> Bool {
        let check = ImageCheck(judge: judge)
        let (opening, opens) = AsyncStream.makeStream(of: Void.self)
        let mayOpen = DispatchSemaphore(value: 0)
        let task = Task {
            try await check.run(.first, for: [.nudityExplicit]) { side in
                opens.yield()
                mayOpen.wait()
                return try ImageReader(
                    try Data(contentsOf: URL(filePath: Fixtures.image("picture.jpg"))), maxPixels: 1 << 20,
                    longestSide: side)
            } accept: { picture in
                // Decoded at what the judge asks for; told as it is.
                let decoded = try picture.decodedBytes().count
                #expect(picture.width == 320 && decoded == 160 * 120 * 3 / 2)
            }
        }
        for await _ in opening { break }
        meanwhile(task)
        mayOpen.signal()
        return (try? await task.value.count) == 1
    }

    @Test func `a picture that nobody waits for any more is not judged`() async {
        let judge = ScriptedJudge([.nudityExplicit], longestSide: 80)
        #expect(await !judged(judge) { $0.cancel() })
        #expect(judge.asked.isEmpty)
        // The control.
        #expect(await judged(judge) { _ in })
        #expect(judge.asked.count == 1)
    }

    @Test func `who stands in line and is no longer waited for leaves it`() async throws {
        let gate = Gate()
        let judge = ScriptedJudge([.qr]) { _ in
            await gate.wait()
            return 0
        }
        let check = ImageCheck(judge: judge)
        let bytes = try Data(contentsOf: URL(filePath: Fixtures.still("odd.png")))
        @Sendable func judged() async throws -> Int {
            try await check.run(.first, for: [.qr]) { _ in
                try ImageReader(bytes, maxPixels: 1_000_000)
            } accept: { _ in
            }.count
        }
        let held = (0..<2).map { _ in Task { try await judged() } }
        await gate.arrivals(2)
        let waiting = Task { try await judged() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        gate.open()
        for task in held { #expect(try await task.value == 1) }
        // The places are free again.
        #expect(try await judged() == 1)
    }
}
