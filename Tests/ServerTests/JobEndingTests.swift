import Foundation
import FrameSampling
import Moderation
import Store
import TestSupport
import Testing

@testable import Pipeline
@testable import Server

/// What is remembered of a live stream's end.
@Suite(.timeLimit(.minutes(2))) struct JobEndingTests {
    private func watched(_ name: String) async throws -> WatchOutcome {
        var options = LiveOptions()
        options.maxLag = .seconds(600)
        var watch = Watch(
            input: .path(Fixtures.folder.appending(path: "streams/\(name)").path), judge: ScriptedJudge(),
            request: ModerationRequest([ModerationTask(name: "nudity", categories: [.nudityExplicit])]),
            sampling: options)
        // Other tests keep the processors busy, and that is no stall.
        watch.supervision.stalledAfter = .seconds(3600)
        watch.supervision.frozenAfter = .seconds(3600)
        return await watch.run(listener: WatchListener(event: { _ in }))
    }

    @Test func `a stream with another video in it is remembered as not all seen`() async throws {
        let one = JobEnding(try await watched("one.mp4")), two = JobEnding(try await watched("two.mp4"))
        #expect(one.status == .finished && one.missed == nil)
        #expect(two.status == .finished && two.missed == "Video stream 1 was not looked at.")
    }

    @Test func `a stream that was not received for a while is remembered as not all seen`() async throws {
        let outcome = try await watched("one.mp4")
        var summary = outcome.summary
        (summary.gaps, summary.gapTime) = (2, 1540)
        let ending = JobEnding(
            WatchOutcome(summary: summary, stop: nil, wasStopped: false, failure: nil, streams: outcome.streams))
        #expect(ending.status == .finished)
        #expect(ending.missed == "For 1.5 s nothing of the stream was received (2 gaps).")
    }
}
