import Foundation
import Moderation
import Reports
import TestSupport
import Testing

@testable import Batches

@Suite struct BatchTallyTests {
    private static func entry(_ state: BatchEntry.State, _ decision: Decision? = nil) throws -> BatchEntry {
        let row = try decision.map { decision in
            let json = """
                {"result": "a.json", "uri": "a", "final_decision": "\(decision.rawValue)", "nb_images": 1,
                "nb_images_ok": 1, "nb_images_ko": 0, "nb_images_undetermined": 0, "nb_segments": 0, "provider": "p",
                "input": "a", "state": "\(state.rawValue)"}
                """
            return try #require(try BatchEntry(line: json).row)
        }
        return BatchEntry(input: "a", state: state, row: row)
    }

    @Test func `endings get worse in the order that is documented`() {
        #expect(
            BatchEnding.allCases.sorted() == [
                .finished, .rejected, .undetermined, .inputFailed, .judgeUnavailable, .notWritten, .credentials,
                .interrupted,
            ])
    }

    @Test func `the worst of the inputs counts, and a KO only where it is to`() throws {
        var tally = BatchTally()
        #expect(tally.ending(failsOnKO: true) == .finished)
        for state in [BatchEntry.State.finished, .skipped] { tally.add(try Self.entry(state, .ok)) }
        tally.add(try Self.entry(.notMedia))
        #expect(tally.ending(failsOnKO: true) == .finished && tally.total == 3)
        tally.add(try Self.entry(.skipped, .ko))
        #expect(tally.ending(failsOnKO: false) == .finished && tally.ending(failsOnKO: true) == .rejected)
        tally.add(try Self.entry(.finished, .undetermined))
        #expect(tally.ending(failsOnKO: true) == .undetermined)
        tally.add(try Self.entry(.failed))
        #expect(tally.ending(failsOnKO: true) == .inputFailed)
        #expect((tally.decisions.ok, tally.decisions.ko, tally.decisions.undetermined) == (2, 1, 1))
    }

    @Test func `what ended the whole batch is worse than what happened to an input`() throws {
        var outcome = Batch.Outcome()
        outcome.tally.add(try Self.entry(.failed))
        for (kind, ending) in [
            (JudgeStop.Kind.budget, BatchEnding.inputFailed), (.quota, .judgeUnavailable),
            (.unavailable, .judgeUnavailable), (.credentials, .credentials),
        ] {
            outcome.stop = JudgeStop(kind, "no more")
            #expect(outcome.ending(failsOnKO: false) == ending)
        }
        outcome.failure = CancellationError()
        outcome.stop = JudgeStop(.quota, "no more")
        #expect(outcome.ending(failsOnKO: false) == .notWritten)
        outcome.wasInterrupted = true
        #expect(outcome.ending(failsOnKO: false) == .interrupted)
        outcome = Batch.Outcome()
        outcome.stop = JudgeStop(.budget, "no more")
        #expect(outcome.ending(failsOnKO: false) == .undetermined)
    }
}
