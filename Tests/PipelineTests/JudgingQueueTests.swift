import FrameSampling
import Moderation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite struct JudgingQueueTests {
    /// Pictures of a clip.
    private func pictures(_ count: Int) async throws -> [DecodedPicture] {
        let sampler = try await FrameSampler.open(.path(Fixtures.sample("qr.mp4")), options: SamplingOptions())
        var pictures: [DecodedPicture] = []
        while pictures.count < count, let sample = try await sampler.next() {
            if let picture = sample.picture { pictures.append(picture) }
        }
        return pictures
    }

    private func queue(_ judge: ScriptedJudge, concurrency: Int, capacity: Int = .max) -> JudgingQueue<Int> {
        JudgingQueue(judge, concurrency: concurrency, capacity: capacity, keep: { _, _, _ in .init() })
    }

    @Test func `results come in order of position, whichever was added or judged first`() async throws {
        let (opened, open) = AsyncStream.makeStream(of: Void.self)
        let judge = ScriptedJudge([.qr]) { question in
            // The first one that is added is judged last.
            if question.number == 0 { for await _ in opened {} }
            return Double(question.number)
        }
        let queue = queue(judge, concurrency: 8)
        for (picture, order) in zip(try await pictures(4), [2, 0, 3, 1]) {
            queue.judge(picture, for: [.qr], order, order: order)
        }
        queue.finish()
        #expect(await queue.next()?.0 == 0)
        #expect(await queue.next()?.0 == 1)
        open.finish()
        #expect(await queue.next()?.0 == 2)
        #expect(await queue.next()?.0 == 3)
        #expect(await queue.next() == nil)
        #expect(queue.counts.judged == 4 && queue.isEmpty)
    }

    @Test func `what was never sampled is left out, once nothing more comes`() async throws {
        let queue = queue(ScriptedJudge([.qr]), concurrency: 1)
        queue.add(.undecodable, 0, order: 0)
        queue.add(.dropped, 5, order: 5)
        #expect(queue.take()?.0 == 0)
        // It may still come.
        #expect(queue.take() == nil)
        queue.finish()
        #expect(queue.take()?.0 == 5)
        #expect(await queue.next() == nil)
        #expect(queue.counts.dropped == 1)
    }

    @Test func `what is judged takes up its place until it is taken, unless it waits for an earlier position`()
        async throws
    {
        let (done, tell) = AsyncStream.makeStream(of: Void.self)
        let queue = JudgingQueue<Int>(
            ScriptedJudge([.qr]), concurrency: 2, keep: { _, _, _ in .init() }, judged: { tell.yield() })
        var judged = done.makeAsyncIterator()
        let pictures = try await pictures(3)
        queue.judge(pictures[2], for: [.qr], 2, order: 2)
        await judged.next()
        // Its group came early. It is a small record, and the places are for those that come before it.
        queue.judge(pictures[0], for: [.qr], 0, order: 0)
        await judged.next()
        #expect(queue.hasRoom)
        queue.judge(pictures[1], for: [.qr], 1, order: 1)
        await judged.next()
        #expect(!queue.hasRoom)
        #expect(queue.take()?.0 == 0)
        #expect(!queue.hasRoom)
        #expect(queue.take()?.0 == 1)
        #expect(queue.hasRoom)
    }

    @Test func `whoever feeds waits for room, and whoever takes for what is judged`() async throws {
        let judge = ScriptedJudge([.qr])
        let queue = queue(judge, concurrency: 2)
        let pictures = try await pictures(6)
        async let fed: Void = {
            for (order, picture) in pictures.enumerated() {
                await queue.room()
                queue.judge(picture, for: [.qr], order, order: order)
            }
            queue.finish()
        }()
        var taken: [Int] = []
        while let (order, _) = await queue.next() { taken.append(order) }
        await fed
        #expect(taken == Array(0..<6) && judge.maxConcurrency <= 2)
    }

    @Test func `no more positions are held than there is room for, even if nothing of them is judged`() {
        let queue = queue(ScriptedJudge([.qr]), concurrency: 8, capacity: 3)
        for order in 1...3 {
            #expect(queue.hasRoom)
            queue.add(.repeated, order, order: order)
        }
        #expect(!queue.hasRoom)
    }

    @Test func `after a judge has stopped nothing more is judged, and everything has an end`() async throws {
        let judge = ScriptedJudge([.qr]) { question in
            if question.number == 1 { throw JudgeStop(.budget, "It is spent.") }
            return 0
        }
        let pictures = try await pictures(4)
        let stopped = Mutex(0)
        let queue = JudgingQueue<Int>(
            judge, concurrency: 1, keep: { _, _, _ in .init() }, stopped: { stopped.withLock { $0 += 1 } })
        var reasons: [String?] = []
        for (order, picture) in pictures.enumerated() {
            queue.judge(picture, for: [.qr], order, order: order)
            reasons.append(await queue.next()?.1.failure)
        }
        #expect(reasons.map { $0 == nil } == [true, false, false, false])
        #expect(judge.asked.count == 2 && queue.judgeStop?.kind == .budget && stopped.withLock { $0 } == 1)
    }

    @Test func `giving up ends what is being judged, and it says so`() async throws {
        let judge = ScriptedJudge([.qr]) { _ in
            let (never, end) = AsyncStream.makeStream(of: Void.self)
            for await _ in never {}
            end.finish()
            try Task.checkCancellation()
            return 0
        }
        let queue = queue(judge, concurrency: 2)
        for (order, picture) in try await pictures(2).enumerated() {
            queue.judge(picture, for: [.qr], order, order: order)
        }
        #expect(queue.take() == nil)
        await queue.giveUp()
        #expect(queue.take()?.1.failure == "the run ended before it was judged")
        #expect(queue.take() != nil && queue.isEmpty)
    }
}
