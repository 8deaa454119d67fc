import Moderation
import TestSupport
import Testing

@testable import FrameSampling
@testable import Pipeline

@Suite struct StreamSupervisorTests {
    private func supervisor(giveUpAfter: Duration? = nil) -> StreamSupervisor {
        var rules = SupervisionRules()
        rules.giveUpAfter = giveUpAfter
        return StreamSupervisor(rules: rules)
    }

    private func states(_ actions: [StreamSupervisor.Action]) -> [StreamState] {
        actions.compactMap { if case .tell(let change) = $0 { change.state } else { nil } }
    }

    @Test func `a stream connects, is live, and is told of once`() {
        var one = supervisor()
        #expect(one.start(now: .zero) == [.tell(StreamChange(.connecting)), .connect])
        #expect(states(one.received(now: .seconds(1))) == [.live])
        #expect(one.received(now: .seconds(2)) == [])
    }

    @Test func `tries lie further and further apart, up to half a minute, and start anew once it was live`() {
        var one = supervisor()
        var now = Duration.zero
        _ = one.start(now: now)
        var waits: [Int] = []
        for _ in 0..<8 {
            guard case .tell(let change) = one.lost(.lost("gone"), random: 1, now: now).first else { break }
            waits.append(change.retryIn ?? -1)
            #expect(one.tick(now: now + .milliseconds((change.retryIn ?? 0) - 1)) == [])
            now += .milliseconds(change.retryIn ?? 0)
            #expect(one.tick(now: now) == [.connect])
        }
        // 1 s doubled, as `Backoff` says, with chance at its largest.
        #expect(waits == [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
        _ = one.received(now: now)
        guard case .tell(let change) = one.lost(.lost("gone"), random: 0, now: now).first else {
            Issue.record("nothing is told")
            return
        }
        #expect(change.retryIn == 500 && change.attempt == 1 && change.state == .reconnecting)
    }

    @Test func `silence is a stall, and a picture ends it`() {
        var one = supervisor()
        _ = one.start(now: .zero)
        _ = one.received(now: .seconds(1))
        #expect(one.silent(for: .milliseconds(4999), now: .seconds(6)) == [])
        #expect(states(one.silent(for: .seconds(5), now: .seconds(6))) == [.stalled])
        #expect(one.silent(for: .seconds(6), now: .seconds(7)) == [])
        #expect(states(one.received(now: .seconds(8))) == [.live])
    }

    @Test func `one picture for a minute is a stall, and another picture ends it`() {
        var one = supervisor()
        _ = one.start(now: .zero)
        for second in 0..<60 {
            _ = one.received(now: .seconds(second))
            #expect(one.compared(isSame: true, now: .seconds(second)) == [])
        }
        #expect(states(one.compared(isSame: true, now: .seconds(60))) == [.stalled])
        #expect(one.received(now: .seconds(61)) == [])
        #expect(states(one.compared(isSame: false, now: .seconds(61))) == [.live])
    }

    @Test func `it is given up when the rules say so: failed if it never was live, ended if it was`() {
        var never = supervisor(giveUpAfter: .seconds(10))
        _ = never.start(now: .zero)
        _ = never.lost(.lost("no route"), random: 1, now: .seconds(9))
        #expect(never.tick(now: .milliseconds(9999)) == [])
        let failing = never.tick(now: .seconds(10))
        #expect(failing.first == .disconnect && states(failing) == [.failed])
        #expect(never.tick(now: .seconds(20)) == [] && never.received(now: .seconds(20)) == [])

        var was = supervisor(giveUpAfter: .seconds(10))
        _ = was.start(now: .zero)
        _ = was.received(now: .seconds(5))
        _ = was.lost(.lost("cut"), random: 1, now: .seconds(6))
        #expect(states(was.tick(now: .seconds(15))) == [.ended])
    }

    @Test func `without such a rule it is tried for ever`() {
        var one = supervisor()
        _ = one.start(now: .zero)
        for hour in 1..<200 {
            _ = one.lost(.lost("gone"), random: 1, now: .seconds(3600 * hour))
            #expect(!one.state.isFinal)
        }
    }

    @Test func `a refusal is final, and so is the stream's own end`() {
        var refused = supervisor()
        _ = refused.start(now: .zero)
        #expect(states(refused.lost(.refused("401"), random: 1, now: .zero)) == [.failed])
        var finished = supervisor()
        _ = finished.start(now: .zero)
        #expect(states(finished.lost(.finished, random: 1, now: .zero)) == [.ended])
        #expect(finished.stop(.ended, reason: "stopped") == [])
    }

    @Test(arguments: [(hours: 1, isSetAside: true), (2, false)])
    func `crashes in a row are such that come within an hour of the one before`(hours: Int, isSetAside: Bool) {
        var one = StreamSupervisor(rules: SupervisionRules())
        _ = one.start(now: .zero)
        for crash in 1...3 {
            _ = one.lost(.crashed("its decoder crashed"), random: 1, now: .seconds(3600 * hours * crash))
        }
        #expect(one.state.isFinal == isSetAside)
    }

    @Test func `a stream whose decoder crashes three times in a row is set aside`() {
        var one = supervisor()
        _ = one.start(now: .zero)
        #expect(states(one.lost(.crashed("its decoder crashed"), random: 1, now: .seconds(1))) == [.connecting])
        #expect(states(one.lost(.crashed("its decoder crashed"), random: 1, now: .seconds(2))) == [.connecting])
        // Another loss between them begins the count anew.
        #expect(states(one.lost(.lost("gone"), random: 1, now: .seconds(3))) == [.connecting])
        #expect(states(one.lost(.crashed("its decoder crashed"), random: 1, now: .seconds(4))) == [.connecting])
        #expect(states(one.lost(.crashed("its decoder crashed"), random: 1, now: .seconds(5))) == [.connecting])
        let final = one.lost(.crashed("its decoder crashed"), random: 1, now: .seconds(6))
        #expect(final == [.tell(StreamChange(.failed, reason: "3 times in a row: its decoder crashed"))])
        #expect(one.tick(now: .seconds(3600)) == [])
    }

    @Test func `a stream that goes on elsewhere is opened again at once`() {
        var one = supervisor()
        _ = one.start(now: .zero)
        _ = one.received(now: .seconds(1))
        let actions = one.lost(.moved, random: 1, now: .seconds(2))
        #expect(actions.last == .connect && states(actions) == [.reconnecting])
    }
}

@Suite struct LivePositionTests {
    @Test(arguments: [(Duration.seconds(9), false), (.seconds(11), true)])
    func `a sample that waited longer than the lag allows is given up`(waited: Duration, isGivenUp: Bool) throws {
        let queue = JudgingQueue<LivePosition>(ScriptedJudge([.qr]), concurrency: 1, keep: { _, _, _ in .init() })
        let sample = LiveSample(
            position: .zero, continuity: 0, gap: .zero,
            time: MediaTime(pts: 0, timeBase: TimeBase(numerator: 1, denominator: 1000)), age: .seconds(60),
            waited: waited,
            reused: false,
            damaged: false, dropped: false, picture: nil)
        let ticket = LivePosition(
            index: 0, position: 0, time: sample.time, continuity: 0, receivedAt: .zero, reused: false, before: nil)
        queue.add(sample, as: ticket, for: [.qr], maxLag: .seconds(10))
        switch try #require(queue.take()).1 {
        case .dropped: #expect(isGivenUp)
        // In time, it would be judged if it had a picture.
        case .failed: #expect(!isGivenUp)
        default: Issue.record("neither")
        }
    }
}

@Suite struct StreamPositionTests {
    private func sample(_ position: Duration, continuity: Int = 0, gap: Duration = .zero) -> LiveSample {
        LiveSample(
            position: position, continuity: continuity, gap: gap,
            time: MediaTime(pts: 0, timeBase: TimeBase(numerator: 1, denominator: 1000)), age: .zero, waited: .zero,
            reused: false,
            damaged: false, dropped: false, picture: nil)
    }

    @Test func `a position is never before one that was given, even if a connection says that it ended earlier`() {
        var positions = StreamPositions()
        _ = positions.place(sample(.zero), receivedAt: .seconds(100))
        #expect(positions.place(sample(.seconds(9)), receivedAt: .seconds(101)).position == 9000)
        positions.lost(end: .seconds(2), at: .seconds(101))
        #expect(positions.end(of: nil) == 9000)
        #expect(positions.place(sample(.zero), receivedAt: .seconds(101)).position == 9000)
    }

    @Test func `a new connection goes on as much later as nothing was received`() {
        var positions = StreamPositions()
        #expect(positions.place(sample(.zero), receivedAt: .seconds(100)).position == 0)
        #expect(positions.place(sample(.seconds(1)), receivedAt: .seconds(101)).position == 1000)
        positions.lost(end: .milliseconds(1040), at: .seconds(101))
        let after = positions.place(sample(.zero), receivedAt: .seconds(108))
        #expect(after.position == 8040)
        #expect(after.gap == 1040..<8040)
        #expect(positions.continuity == 2)
    }

    @Test func `positions never run backwards, whatever the clock or the timestamps do`() {
        var positions = StreamPositions()
        _ = positions.place(sample(.seconds(50)), receivedAt: .seconds(100))
        // A clock that was set back a day.
        positions.lost(end: .seconds(51), at: .seconds(100))
        let after = positions.place(sample(.zero), receivedAt: .seconds(100 - 86_400))
        #expect(after.position >= 50_000)
        #expect(after.gap == nil)
    }

    @Test func `timestamps that start anew within a connection begin a new continuity, with the gap before it`() {
        var positions = StreamPositions()
        _ = positions.place(sample(.seconds(3)), receivedAt: .seconds(100))
        let after = positions.place(sample(.seconds(9), continuity: 1, gap: .seconds(5)), receivedAt: .seconds(106))
        #expect(after.restarts && after.gap == 4000..<9000)
        #expect(positions.continuity == 2)
    }
}
