import Foundation
import Moderation
import Pipeline
import TestSupport
import Testing

@Suite struct PolicyFileTests {
    @Test func `the policy in Samples is understood`() throws {
        let policy = try PolicyFile(path: Fixtures.sample("policy.yaml")).policy
        #expect(policy.rule == .window(hits: 2, of: 3))
        #expect(policy.gap == 1000)
        #expect(policy.thresholds == [.nudityExplicit: 0.7, .qr: 0.5] && policy.harmful == [.qr: true])
        #expect(policy.closeThreshold == 0.35 && policy.closeThresholds == [.nudityExplicit: 0.5])
        #expect(policy.minDuration == 500 && policy.review == 0.3...0.6 && policy.sample == 0.01)
        #expect(policy.confirm == Confirmation(interval: 100, agree: 0.3, doubt: 0.1, maxPictures: 2000))
    }

    @Test func `confirming is on, off, or how it says`() throws {
        #expect(try PolicyFile(yaml: "confirm: true", path: "p").policy.confirm == Confirmation())
        #expect(try PolicyFile(yaml: "confirm: false", path: "p").policy.confirm == nil)
        let confirm = try PolicyFile(yaml: "confirm: {interval: 0.2, agree: 0.5}", path: "p").policy.confirm
        #expect(confirm?.interval == 200 && confirm?.agree == 0.5 && confirm?.doubt == Confirmation().doubt)
    }

    @Test func `what people look at is a band and a share`() throws {
        let policy = try PolicyFile(yaml: "review: 0.3..0.7\nsample: 1%", path: "p").policy
        #expect(policy.review == 0.3...0.7 && policy.sample == 0.01)
        #expect(try PolicyFile(yaml: "sample: 0.25", path: "p").policy.sample == 0.25)
        for yaml in ["review: 0.7..0.3", "review: 0.3", "review: 0..2", "sample: 101%", "sample: x%", "sample: -1"] {
            #expect(throws: PolicyFile.Problem.self, "\(yaml)") { try PolicyFile(yaml: yaml, path: "p") }
        }
    }

    @Test func `a category goes by its own name and by those of the vocabulary`() throws {
        let yaml = "categories: {blood_moderation: {threshold: 0.3}, qr: {harmful: true}}"
        let services = TaskVocabulary(services: ["blood_moderation": [.gore]])
        let policy = try PolicyFile(yaml: yaml, path: "p", vocabulary: services).policy
        #expect(policy.thresholds == [.gore: 0.3] && policy.harmful == [.qr: true])
        #expect(throws: PolicyFile.Problem.self) { try PolicyFile(yaml: yaml, path: "p") }
    }

    @Test func `an empty policy is the default`() throws {
        #expect(try PolicyFile(yaml: "", path: "p").policy == Policy())
    }

    @Test func `the worked table of the documentation is what policies make of its pictures`() throws {
        let path = "Sources/framesift/Documentation.docc/Policies.md"
        let article = try String(contentsOf: Fixtures.root.appending(path: path), encoding: .utf8)
        let head = try #require(article.firstMatch(of: /\| policy \| ([0-9. ]+) \| decision \| segments \|/))
        let probabilities = head.1.split(separator: " ").compactMap { Double($0) }
        let rows = article.matches(of: /\n\| `(\{.*\})` \| `([.# ]+)` \| (OK|KO) \| ([^|]+) \|/)
        let policies = [
            "{threshold: 0.5}", "{decision: {at_least: 7}}", "{decision: {ratio: 0.5}}",
            "{decision: {window: {hits: 3, of: 4}}}", "{gap: 1}", "{close_threshold: 0.4}",
            "{threshold: 0.85, close_threshold: 0.4}", "{min_duration: 2}", "{gap: 1, min_duration: 3}",
        ]
        #expect(Set(rows.map { String($0.1) }).symmetricDifference(policies) == [])
        try #require(probabilities.count == 12)
        for row in rows {
            let policy = try PolicyFile(yaml: String(row.1), path: path).policy
            let samples = probabilities.enumerated().map { index, probability in
                let judgement = Judgement(probabilities: [.gore: probability])
                return TimelineSample(
                    index: index, position: index * 1000, time: nil, judgement: judgement,
                    verdict: Verdict(judgement, asked: [.gore], policy: policy), reused: false, failure: nil)
            }
            let timeline = Timeline(samples: samples, end: 12_000, asked: [.gore], policy: policy)
            let marks = timeline.samples.map { $0.verdict.decision == .ko ? "#" : "." }.joined(separator: " ")
            let segments = timeline.segments.map { "\($0.start / 1000)–\($0.end / 1000)" }.joined(separator: ", ")
            #expect(marks == row.2 && timeline.decision.rawValue == row.3 && segments == row.4, "\(row.1)")
        }
    }

    @Test(arguments: [
        ("threshold: 2", 1), ("threshold: .nan", 1), ("\nthreshhold: 0.5", 2), ("decision: {at_least: 0}", 1),
        ("decision: {ratio: 0}", 1), ("threshold: 0.5\ndecision: {window: {hits: 5, of: 3}}", 2),
        ("categories:\n  cats: {threshold: 1}", 2), ("categories:\n  qr:\n    threshold: high", 3), ("gap: -1", 1),
        ("- a\n- b", 1), ("decision: [", 1), ("close_threshold: 2", 1), ("min_duration: -1", 1), ("confirm: 3", 1),
        ("gap: 1\nconfirm: {agree: 0}", 2), ("confirm: {interval: 0}", 1), ("confirm: {every: 1}", 1),
        ("confirm: {most_pictures: 0}", 1), ("categories:\n  qr: {close_threshold: -1}", 2),
    ])
    func `what is wrong is told with its line`(yaml: String, line: Int) {
        #expect { try PolicyFile(yaml: yaml, path: "p.yaml") } throws: { error in
            guard let problem = error as? PolicyFile.Problem, let found = problem.line else { return false }
            // The parser reports a bracket that is never closed where the text ends.
            return found == line || (yaml.hasSuffix("[") && found == 2)
        }
    }
}
