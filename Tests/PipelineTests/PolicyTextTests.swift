import Foundation
import Moderation
import Pipeline
import Testing

/// A policy that is written is the policy that was read.
@Suite struct PolicyTextTests {
    private static let texts = [
        "{}", "{threshold: 0.123456789012345}", "{close_threshold: 0}", "{decision: {at_least: 3}}",
        "{decision: {ratio: 0.05}}", "{decision: {window: {hits: 2, of: 3}}}", "{gap: 1.001, min_duration: 86400}",
        "{confirm: true}", "{confirm: {interval: 0.001, agree: 1, doubt: 0, most_pictures: 1}}",
        "{known: {distance: 0}, experimental: true}", "{review: 0.25..0.75, sample: 0.015}",
        "{categories: {nudity.explicit: {threshold: 1.0e-05}, weapon: {close_threshold: 0.1, harmful: false}}}",
        "{categories: {qr: {harmful: true, threshold: 1, close_threshold: 1}}}",
    ]

    @Test(arguments: texts) func `what is written reads as the same policy`(_ text: String) throws {
        let policy = try PolicyFile(yaml: text, path: "a").policy
        #expect(try PolicyFile(yaml: policy.yaml, path: "b").policy == policy, "\(policy.yaml)")
        #expect((policy == Policy()) == (text == "{}"))
    }

    @Test func `so does the sample with every key`() throws {
        let sample = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Samples/policy.yaml")
        let policy = try PolicyFile(path: sample.path).policy
        #expect(try PolicyFile(yaml: policy.yaml, path: "b").policy == policy)
        #expect(policy.yaml.contains("nudity.explicit: {threshold: 0.7, close_threshold: 0.5}"))
    }

    @Test func `every category that has a name has its own`() throws {
        for category in ContentCategory.known {
            let policy = Policy(thresholds: [category: 0.25])
            #expect(try PolicyFile(yaml: policy.yaml, path: "b", vocabulary: .unified).policy == policy, "\(category)")
        }
    }
}
