import Foundation
import Moderation
import TestSupport
import Testing
import Wire

@testable import Server

private let picture = Fixtures.image("picture.png")

/// What each service's answer says of swimwear: the class between naked and not.
@Suite struct NudityClassesTests {
    /// Explicit, suggestive and neither, in percent; of nsfw-categorize the class it states.
    private func classes(_ judge: ScriptedJudge) async throws -> [String: [Double]] {
        let files = try FileServer(folder: Fixtures.root)
        defer { files.stop() }
        return try await TestServer.with(judge: judge) { server in
            let image = try await server.curl(
                "/1.0/nudity.json", "-F", "api_user=u", "-F", "api_secret=s", "-F", "media=@\(picture)")
            let nudity = try WireJSON.decode(SightengineImageAnswer.self, from: image.body).results.nudity
            let rated = try await server.curl("/moderate/", "-F", "file=@\(picture)")
            let predictions = try WireJSON.decode(ModerateContentAnswer.self, from: rated.body).predictions
            let checked = try await server.curl(
                "/services/rest/?format=json", "-d", "method=webpurify.aim.imgcheck", "-d", "api_key=k", "-d",
                "imgurl=\(files.address)/.deps/fixtures/images/picture.png")
            guard case .answer(let percent) = try WebPurifyReply(json: checked.body) else {
                throw Answer.Problem(text: checked.text)
            }
            let classified = try await server.curl("/api/upload", "-H", "NSFWKEY: k", "-F", "image=@\(picture)")
            let data = try WireJSON.decode(NSFWCategorizeReply.self, from: classified.body).data
            return [
                "sightengine": [nudity?.raw, nudity?.partial, nudity?.safe].map { (($0 ?? -1) * 100).rounded() },
                "moderatecontent": [predictions.adult, predictions.teen, predictions.everyone].map { $0.rounded() },
                "webpurify": [percent.nudity, percent.partialNudity, percent.safe].map { ($0 ?? -1).rounded() },
                data?.classification?.rawValue ?? "none": [data?.confidence ?? -1],
            ]
        }
    }

    @Test func `swimwear is the middle class where the judge tells it`() async throws {
        let judge = ScriptedJudge(scores: [.nudityExplicit: 0.04, .nuditySuggestive: 0.9])
        #expect(
            try await classes(judge) == [
                "sightengine": [4, 90, 6], "moderatecontent": [4, 90, 6], "webpurify": [4, 90, 6], "nsfw": [90],
            ])
    }

    @Test func `a judge of explicit nudity alone is asked for no more, and the middle class stays 0`() async throws {
        let judge = ScriptedJudge(categories: [.nudityExplicit], scores: [.nudityExplicit: 0.04])
        #expect(
            try await classes(judge) == [
                "sightengine": [4, 0, 96], "moderatecontent": [4, 0, 96], "webpurify": [4, 0, 96], "neutral": [96],
            ])
        #expect(Set(judge.asked) == [[.nudityExplicit]])
    }

    @Test func `PicPurify's porn_moderation asks for nothing but explicit nudity`() async throws {
        let judge = ScriptedJudge()
        try await TestServer.with(judge: judge) { server in
            for task in ["porn_moderation", "porn_moderation,suggestive_nudity_moderation"] {
                _ = try await server.curl(
                    "/analyse/1.1", "-F", "API_KEY=k", "-F", "task=\(task)", "-F", "file_image=@\(picture)")
            }
        }
        #expect(judge.asked == [[.nudityExplicit], [.nudityExplicit, .nuditySuggestive]])
    }
}
