import Foundation
import KnownContent
import Moderation
import Pipeline
import TestSupport
import Testing

@Suite struct KnownContentJudgeTests {
    private func judge(_ other: (any ImageJudge)?, knowing picture: Drawn) throws -> KnownContentJudge {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let list = folder.url.appending(path: "list.txt")
        let hash = try #require(try PictureTransform(picture)).hash()
        try Data(hash.hexadecimal.utf8).write(to: list)
        return KnownContentJudge(
            other,
            KnownContentMatcher(try KnownContentLists([list.path], tell: { _ in }), distance: 31, shares: nil),
            identity: JudgeIdentity(name: "test", version: "1"), concurrency: 1)
    }

    @Test func `a picture without a hash is not judged, and one of 20 to 1 is`() async throws {
        let judge = try judge(nil, knowing: Drawn(seed: 5))
        await #expect(throws: KnownContentError.tooSmall) {
            try await judge.judge(Drawn(gray: 9, width: 1, height: 1), for: [.knownContent])
        }
        let long = try await judge.judge(Drawn(seed: 8, width: 400, height: 20), for: [.knownContent])
        #expect(long.probabilities == [.knownContent: 0])
    }

    @Test func `what is known stays known where the other judge fails`() async throws {
        struct Failure: Error {}
        let judge = try judge(ScriptedJudge([.gore]) { _ in throw Failure() }, knowing: Drawn(seed: 5))
        let known = try await judge.judge(Drawn(seed: 5), for: [.gore, .knownContent])
        #expect(known.probabilities == [.knownContent: 1])
        await #expect(throws: Failure.self) {
            try await judge.judge(Drawn(seed: 6), for: [.gore, .knownContent])
        }
    }
}
