import Foundation
import Moderation
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import FrameSampling
@testable import Pipeline

/// What a watch makes of a clip that is read as a stream, with judges and clocks that do as they are told.
@Suite struct WatchTests {
    final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock { value in
                defer { value += 1 }; return value
            }
        }
    }

    private final class Heard: Sendable {
        let events = Mutex<[LiveEvent]>([])
        let samples = Mutex<[TimelineSample]>([])

        var listener: WatchListener {
            WatchListener(
                event: { event in self.events.withLock { $0.append(event) } },
                sample: { sample in self.samples.withLock { $0.append(sample) } })
        }

        var states: [StreamState] {
            events.withLock { $0 }.compactMap { if case .state(let change) = $0.content { change.state } else { nil } }
        }
    }

    /// 6 s, 25 pictures a second.
    private func watch(_ answer: @escaping @Sendable (Int) async throws -> Double) -> Watch {
        var options = LiveOptions()
        options.maxLag = .seconds(600)
        var watch = Watch(
            input: .path(Fixtures.matrix("h264-open.ts")),
            judge: ScriptedJudge([.weapon]) { try await answer($0.number) },
            request: ModerationRequest([ModerationTask(name: "weapon", categories: [.weapon])]), sampling: options)
        // Other tests keep the processors busy, and that is no stall.
        watch.supervision.stalledAfter = .seconds(3600)
        watch.supervision.frozenAfter = .seconds(3600)
        watch.concurrency = 1
        watch.tellsFrames = true
        return watch
    }

    @Test func `a stream that ends is told of from its beginning to its end`() async throws {
        let heard = Heard()
        let outcome = await watch { $0 == 2 || $0 == 3 ? 0.9 : 0.1 }.run(listener: heard.listener)
        #expect(heard.states == [.connecting, .live, .ended])
        #expect(heard.samples.withLock { $0.map(\.position) } == [0, 1000, 2000, 3000, 4000, 5000])
        #expect(outcome.summary.tally == Tally([.ok, .ok, .ko, .ko, .ok, .ok]))
        #expect(outcome.summary.decision == .ko && outcome.summary.segments == 1 && !outcome.wasStopped)
        let events = heard.events.withLock { $0 }
        #expect(events.map(\.sequence) == Array(1...events.count))
        let closed = events.compactMap { event -> LiveSegment? in
            if case .segmentClosed(let segment) = event.content { segment } else { nil }
        }
        #expect(closed.map(\.start) == [2000] && closed.map(\.end) == [4000])
    }

    @Test func `a wall clock that jumps by a day changes no position, and no state`() async throws {
        let heard = Heard()
        let days = Counter()
        var clock = TimeSource.system
        // Forward a day, and back, with every look at it.
        clock.wall = { 1_700_000_000 + (days.next() % 2 == 0 ? 86_400 : 0) }
        let outcome = await watch { _ in 0.1 }.run(clock: clock, listener: heard.listener)
        #expect(heard.states == [.connecting, .live, .ended])
        #expect(heard.samples.withLock { $0.map(\.position) } == [0, 1000, 2000, 3000, 4000, 5000])
        #expect(outcome.summary.decision == .ok)
        let times = Set(heard.events.withLock { $0.map(\.time) })
        #expect(times == [1_700_000_000, 1_700_086_400])
    }

    @Test func `a clock that jumps ahead by a day gives no stream up that is live`() async throws {
        let heard = Heard()
        let origin = ContinuousClock.now
        let looks = Counter()
        var clock = TimeSource.system
        // As after a suspended machine: the clock goes on a day later.
        clock.now = { (ContinuousClock.now - origin) + (looks.next() > 20 ? .seconds(86_400) : .zero) }
        var watch = watch { _ in 0.1 }
        watch.supervision.giveUpAfter = .seconds(3600)
        let outcome = await watch.run(clock: clock, listener: heard.listener)
        #expect(heard.states.last == .ended && outcome.summary.tally.ok == 6)
        let positions = heard.samples.withLock { $0.map(\.position) }
        #expect(positions == positions.sorted() && positions.first == 0)
    }

    @Test func `what a judge that is too slow leaves is given up, counted, and undetermined`() async throws {
        let heard = Heard()
        let (opened, open) = AsyncStream.makeStream(of: Void.self)
        var watch = watch { number in
            // The first picture takes until the stream is over.
            if number == 0 { for await _ in opened {} }
            return 0.1
        }
        watch.sampling.interval = .milliseconds(100)
        // A part of the clip: what is not taken in time has to go.
        watch.sampling.heldBytes = 64 << 10
        var listener = heard.listener
        listener.status = { if $0.packetsRead >= 150 { open.finish() } }
        let summary = await watch.run(listener: listener).summary
        #expect(summary.tally.total == 60)
        #expect(summary.dropped > 0 && summary.tally.undetermined == summary.dropped)
        #expect(summary.tally.ok == 60 - summary.dropped && summary.decision == .undetermined)
        let reasons = Set(heard.samples.withLock { $0.compactMap(\.failure) })
        #expect(reasons == ["given up, because judging is behind"])
    }

    @Test func `a judge whose money is spent ends the watch, with the reason`() async throws {
        let heard = Heard()
        let outcome = await watch { number in
            if number == 3 { throw JudgeStop(.budget, "3 operations are spent.") }
            return 0.1
        }.run(listener: heard.listener)
        #expect(outcome.stop?.kind == .budget)
        #expect(outcome.summary.state == .ended && outcome.summary.reason == "3 operations are spent.")
        #expect(outcome.summary.tally.ok >= 3 && outcome.summary.decision == .undetermined)
    }

    @Test func `a stopped watch ends with what it has`() async throws {
        let heard = Heard()
        let stop = StopSignal()
        let outcome = await watch { number in
            if number == 2 { stop.stop() }
            return 0.1
        }.run(stop: stop, listener: heard.listener)
        #expect(outcome.wasStopped && outcome.summary.state == .ended && outcome.summary.reason == "stopped")
        #expect(outcome.summary.tally.total >= 2)
    }

    @Test func `a picture the judge fails on is undetermined, and the watch goes on`() async throws {
        struct Trouble: Error {}
        let heard = Heard()
        let outcome = await watch { number in
            if number == 1 { throw Trouble() }
            return 0.1
        }.run(listener: heard.listener)
        #expect(outcome.summary.tally.ok == 5 && outcome.summary.tally.undetermined == 1)
        #expect(outcome.summary.decision == .undetermined)
    }

    @Test func `a clip that is cut because its stream ends is told at a position of the stream`() async throws {
        let heard = Heard()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var watch = watch { $0 == 5 ? 0.9 : 0.1 }
        watch.sampling.keptBytes = 16 << 20
        watch.evidence = try EvidenceFolder(folder: folder.url.path, clipMargin: 2)
        _ = await watch.run(listener: heard.listener)
        let clips = heard.events.withLock { $0 }.filter { event in
            guard case .segmentUpdated(let segment) = event.content else { return false }
            return segment.evidence.contains { $0.hasSuffix(".mp4") }
        }
        // The hit is at 5 s, its clip would go on to 7 s, and the stream is over at 6 s.
        #expect(clips.map(\.position) == [6000])
    }
}
