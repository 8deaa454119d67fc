import Moderation
import Pipeline
import TestSupport
import Testing

@Suite struct SecondOpinionTests {
    private func judge(_ name: String, experimental: [String: String]? = nil) -> ScriptedJudge {
        var judge = ScriptedJudge([.gore])
        judge.identity = JudgeIdentity(name: name, version: "1", experimental: experimental)
        return judge
    }

    private func experimental(_ first: [String: String]?, _ second: [String: String]?) -> [String: String]? {
        let both = SecondOpinion(
            judge("one", experimental: first), judge("two", experimental: second), band: 0.25...0.75)
        #expect(both.identity.name == "one, two" && both.identity.version == "1; from 0.25 to 0.75: 1")
        return both.identity.experimental
    }

    @Test func `what is an experiment of either judge is named, in the second's words where it is one of both`() {
        let first = ["gore": "Rough.", "weapon": "Untested."], second = ["gore": "Young.", "drugs": "New."]
        #expect(experimental(first, second) == ["gore": "Young.", "weapon": "Untested.", "drugs": "New."])
        #expect(experimental(first, nil) == first && experimental(nil, second) == second)
        #expect(experimental(nil, nil) == nil)
    }

    @Test func `only what the first is unsure of is shown to the second`() async throws {
        let sure = ScriptedJudge([.gore]) { _ in 0.1 }, unsure = ScriptedJudge([.gore]) { _ in 0.5 }
        let second = ScriptedJudge([.gore]) { _ in 0.9 }
        for (first, expected) in [(sure, 0.1), (unsure, 0.9)] {
            let both = SecondOpinion(first, second, band: 0.25...0.75)
            #expect(try await both.judge(Blank(), for: [.gore]).probabilities == [.gore: expected])
        }
        #expect(second.asked == [[.gore]])
    }
}

private struct Blank: Picture {
    var width: Int { 8 }
    var height: Int { 8 }
    func pixels(_ layout: PixelLayout, width: Int, height: Int) throws -> [UInt8] { [] }
    func jpeg(within limits: JPEGLimits) throws -> [UInt8] { [] }
}
