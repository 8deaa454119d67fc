import Foundation
import TestSupport
import Testing
import Wire

@testable import Server

/// Which service takes which format, as its documentation says. The judge says of a picture how red it is.
@Suite struct FormatTests {
    private func sightengine(_ name: String, _ server: TestServer) async throws -> SightengineImageAnswer {
        let answer = try await server.curl(
            "/1.0/nudity.json", "-F", "api_user=u", "-F", "api_secret=s", "-F", "media=@\(Fixtures.image(name))")
        #expect(answer.status == 200, "\(name): \(answer.text)")
        return try WireJSON.decode(SightengineImageAnswer.self, from: answer.body)
    }

    private func picPurify(_ name: String, _ server: TestServer) async throws -> PicPurifyReply<PicPurifyImageAnswer> {
        let answer = try await server.curl(
            "/analyse/1.1", "-F", "API_KEY=k", "-F", "task=porn_moderation", "-F",
            "file_image=@\(Fixtures.image(name))")
        return try WireJSON.decode(PicPurifyReply<PicPurifyImageAnswer>.self, from: answer.body)
    }

    @Test func `Sightengine takes all, and counts every picture of an animation and a document`() async throws {
        try await TestServer.with { server in
            let animation = try await sightengine("reddening.webp", server)
            #expect(animation.results.nudity?.raw == (240.0 / 255 * 1e6).rounded() / 1e6)
            #expect(animation.request.operations == 4)
            #expect(try await sightengine("3-pages.pdf", server).request.operations == 3)
            for name in ["picture.heic", "picture.avif"] {
                let photo = try await sightengine(name, server)
                #expect(abs((photo.results.nudity?.raw ?? 0) - 0.5) < 0.02 && photo.request.operations == 1)
            }
        }
    }

    @Test func `Sightengine's feedback takes them, too`() async throws {
        try await TestServer.with { server in
            for name in ["picture.heic", "reddening.webp", "turned-1.dng", "3-pages.pdf"] {
                let posted = try await server.curl(
                    "/1.0/feedback.json", "-F", "api_user=u", "-F", "api_secret=s", "-F", "model=nudity", "-F",
                    "class=raw", "-F", "media=@\(Fixtures.image(name))")
                #expect(posted.text.contains("Thank you!"), "\(name): \(posted.text)")
            }
            let half = try await server.curl(
                "/1.0/feedback.json", "-F", "api_user=u", "-F", "api_secret=s", "-F", "model=nudity", "-F",
                "class=raw", "-F", "media=@\(Fixtures.image("half-picture.heic"))")
            #expect(half.status == 400)
        }
    }

    @Test func `PicPurify takes raw files and all pages of a PDF, but no HEIC`() async throws {
        try await TestServer.with { server in
            for name in ["turned-1.dng", "3-pages.pdf"] {
                guard case .answer(let answer) = try await picPurify(name, server) else {
                    Issue.record("\(name) is refused")
                    continue
                }
                // The last page is the reddest, nearly as red as can be.
                let isReddest = answer.classifiers["porn_moderation"]?.confidence ?? 0 > 0.98
                #expect(answer.finalDecision == "KO" && (isReddest || name.hasSuffix("dng")))
            }
            for name in ["picture.heic", "60-pages.pdf", "half-3-pages.pdf"] {
                guard case .failure = try await picPurify(name, server) else {
                    Issue.record("\(name) is taken")
                    continue
                }
            }
        }
    }

    @Test func `nsfw-categorize names no formats, and takes all`() async throws {
        try await TestServer.with { server in
            for name in ["picture.heic", "turned-1.dng", "3-pages.pdf", "parts.webp"] {
                let answer = try await server.curl("/api/upload", "-F", "image=@\(Fixtures.image(name))")
                #expect(try answer.json()["status"] as? String == "OK", "\(name): \(answer.text)")
            }
        }
    }

    @Test func `WebPurify and ModerateContent take an animated WEBP, but none of the others`() async throws {
        let files = try FileServer(folder: Fixtures.folder)
        defer { files.stop() }
        try await TestServer.with { server in
            func webPurify(_ name: String) async throws -> String {
                try await server.curl(
                    "/services/rest/", "-d",
                    "method=webpurify.aim.imgcheck&api_key=k&format=json&imgurl=\(files.address)/images/\(name)"
                ).text
            }
            func moderateContent(_ name: String) async throws -> String {
                try await server.curl("/moderate/", "-F", "key=k", "-F", "file=@\(Fixtures.image(name))").text
            }
            #expect(try await webPurify("reddening.webp").contains(#""stat":"ok""#))
            #expect(try await moderateContent("reddening.webp").contains(#""rating_label":"adult""#))
            for name in ["picture.heic", "picture.avif", "turned-1.dng", "3-pages.pdf"] {
                let (pure, content) = (try await webPurify(name), try await moderateContent(name))
                #expect(pure.contains(#""code":"104""#), "\(name): \(pure)")
                #expect(!content.contains("rating_label") && content.contains("error_code"), "\(name): \(content)")
            }
        }
    }
}
