import Foundation
import TestSupport
import Testing

@testable import Server

/// The services' documented curl lines, with only host, credentials, files and addresses of files replaced.
@Suite struct DocumentedCurlTests {
    private static let lines: [String] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "documented-curl.txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init).filter { $0.hasPrefix("curl ") }
    }()

    private func redirected(_ line: String, to base: String, files: String) -> [String] {
        var line = line
        for host in [
            "www.picpurify.com", "api.sightengine.com", "nsfw-categorize.it", "im-api1.webpurify.com",
            "api.moderatecontent.com",
        ] {
            line = line.replacingOccurrences(of: "https://\(host)/", with: base + "/")
        }
        let isVideo = line.contains("url_video") || line.contains("stream_url")
        line = line.replacing(/(?<field>url=|url_image=|url_video=|imgurl=)https?:[^&' "]+/) { match in
            match.output.field + files + (isVideo ? "/Samples/slideshow.mp4" : "/.deps/fixtures/images/picture.jpg")
        }
        for (text, value) in [
            ("{api_user}", "1234"), ("{api_secret}", "secret"), ("[your_api_key]", "key"),
            ("[webpurify_profanity_api_key]", "key2"), ("/path/to/local/file.mp4", Fixtures.sample("slideshow.mp4")),
            ("/path/to/local/file.jpg", Fixtures.image("picture.jpg")),
        ] { line = line.replacingOccurrences(of: text, with: value) }
        // Words of a shell, quotes removed.
        return line.matches(of: /'([^']*)'|"([^"]*)"|(\S+)/).dropFirst().map { match in
            String(match.output.1 ?? match.output.2 ?? match.output.3 ?? "")
        }
    }

    /// What is asked for, and how the media are sent: `file 1.0/check.json scam`.
    private static func name(of line: String) -> String {
        func first(_ pattern: Regex<(Substring, Substring)>) -> [String] {
            (line.firstMatch(of: pattern)?.1).map { [String($0)] } ?? []
        }
        let way = line.contains("=@/") ? "file" : "address"
        return ([way] + first(/https:\/\/[^\/]+\/([^?'"]+)/) + first(/models?=([^&']+)/)).joined(separator: " ")
    }

    /// Each is documented for a file and for an address.
    private static let both =
        ["analyse/1.1", "analyse_video.php", "api/upload", "1.0/feedback.json nudity"]
        + ["nudity", "weapon-alcohol-drugs", "type", "properties"].map { "1.0/\($0).json" }
        + [
            "face-attributes", "celebrities", "scam", "text", "offensive",
            "nudity,wad,properties,face,type,celebrities,face-attributes,scam,text,offensive",
        ].map { "1.0/check.json \($0)" }
    private static let byAddress =
        ["check-sync", "check"].map { "1.0/video/\($0).json nudity,wad,faces,face-attributes,celebrities" }
        + ["1.0/feedback.json wad", "api/hash/c634ead[..]7aec4598b", "services/rest/", "moderate/"]

    @Test func `the file holds every line`() {
        let names = (Self.both + Self.byAddress).map { "address \($0)" } + Self.both.map { "file \($0)" }
        #expect(Set(Self.lines.map(Self.name)).symmetricDifference(names) == [])
    }

    @Test func `every line gets the service's answer`() async throws {
        let server = try FileServer(folder: Fixtures.root)
        defer { server.stop() }
        try await TestServer.with { framesift in
            for line in Self.lines {
                let answer = try await Answer.of(redirected(line, to: framesift.base, files: server.address))
                let expected = Self.expectation(of: line)
                #expect(answer.status == expected.status, "\(line)\n\(answer.text)")
                #expect(answer.text.contains(expected.part), "\(line)\n\(answer.text)")
            }
        }
    }

    private static func expectation(of line: String) -> (status: Int, part: String) {
        // A hash nobody has uploaded, cut short by the page besides; the asynchronous API is another matter.
        if line.contains("/api/hash/") { return (200, #""status":"ERR""#) }
        // Its address to call back is a placeholder, which is no address.
        if line.contains("video/check.json") { return (400, #""type":"callback_error""#) }
        if line.contains("nsfw-categorize") { return (200, #""status":"OK""#) }
        if line.contains("webpurify") { return (200, #""stat":"ok""#) }
        if line.contains("moderatecontent") { return (200, #""error_code":0"#) }
        return (200, #""status":"success""#)
    }
}
