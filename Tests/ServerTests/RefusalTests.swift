import Foundation
import Moderation
import TestSupport
import Testing

@testable import Server

private let picture = Fixtures.image("picture.jpg")
private let everything = ["-F", "file_image=@\(picture)", "-F", "API_KEY=k", "-F", "task=porn_moderation"]

/// A request, and what has to stand in its refusal. `%` in a path or argument is the address of a file server.
private struct Case: CustomStringConvertible, Sendable {
    let description: String
    let path: String
    let arguments: [String]
    let status: Int
    let part: String

    init(_ description: String, _ path: String, _ arguments: [String], _ status: Int, _ part: String) {
        self.description = description
        self.path = path
        self.arguments = arguments
        self.status = status
        self.part = part
    }
}

@Suite struct RefusalTests {
    private func check(_ cases: [Case], allowPrivate: Bool = true) async throws {
        let files = try FileServer(folder: Fixtures.folder)
        defer { files.stop() }
        try await TestServer.with(configure: { $0.allowsPrivateURLs = allowPrivate }) { server in
            for one in cases {
                let arguments = one.arguments.map { $0.replacingOccurrences(of: "%", with: files.address) }
                let path = one.path.replacingOccurrences(of: "%", with: files.address)
                let answer = try await Answer.of(["\(server.base)\(path)"] + arguments)
                #expect(answer.status == one.status, "\(one): \(answer.text)")
                #expect(answer.text.contains(one.part), "\(one): \(answer.text)")
                // Nothing of the inside.
                for word in [Fixtures.root.path, NSTemporaryDirectory(), "/proc/", "Sources/", "Swift", "Fatal"] {
                    #expect(!answer.text.contains(word), "\(one): \(answer.text)")
                }
            }
        }
    }

    @Test func `PicPurify's codes`() async throws {
        func fields(_ fields: String...) -> [String] { fields.flatMap { ["-F", $0] } }
        func image(_ name: String) -> [String] {
            fields("API_KEY=k", "task=porn_moderation", "file_image=@\(Fixtures.image(name))")
        }
        func code(_ code: Int) -> String { #""errorCode":\#(code),"# }
        func url(_ url: String) -> [String] { fields("API_KEY=k", "task=porn_moderation", "url_image=\(url)") }
        let path = "/analyse/1.1"
        try await check([
            Case("control: a good request", path, everything, 200, #""status":"success""#),
            Case("no key", path, fields("task=porn_moderation", "file_image=@\(picture)"), 200, code(10)),
            Case("no task", path, fields("API_KEY=k", "file_image=@\(picture)"), 200, code(12)),
            Case(
                "unknown task", path, fields("API_KEY=k", "task=porn_moderation,nope", "file_image=@\(picture)"), 200,
                code(12)),
            Case("neither file nor URL", path, fields("API_KEY=k", "task=porn_moderation"), 200, code(20)),
            Case("both", path, everything + fields("url_image=%/images/picture.jpg"), 200, code(12)),
            Case("control: a good URL", path, url("%/images/picture.jpg"), 200, #""status":"success""#),
            Case("unreachable", path, url("http://127.0.0.1:1/a.jpg"), 200, code(30)),
            Case("404", path, url("%/images/nope.jpg"), 200, code(30)),
            Case("no URL at all", path, url("hello"), 200, code(30)),
            Case("a file URL", path, url("file:///etc/passwd"), 200, code(30)),
            Case(
                "a URL of a page", path, url("%/images/page.html"), 200,
                #""errorCode":30,"errorMsg":"File is not an image""#),
            Case("not an image", path, image("text.jpg"), 200, #""errorCode":30,"errorMsg":"File is not an image""#),
            Case("empty", path, image("empty.jpg"), 200, code(30)),
            Case("truncated", path, image("truncated.jpg"), 200, code(30)),
            Case("too many pixels", path, image("5000x5000.png"), 200, code(30)),
            Case("absurdly many pixels", path, image("20000x20000.png"), 200, code(30)),
            Case(
                "a video as an image", path,
                fields("API_KEY=k", "task=porn_moderation", "file_image=@\(Fixtures.matrix("h264-closed.mp4"))"), 200,
                code(30)),
            Case("wrong method", path + "?API_KEY=k", [], 405, code(12)),
            Case("unknown path", "/analyse/9.9", everything, 404, code(12)),
            Case("bad data URI", path, url("data:image/png;base64,"), 200, code(30)),
            Case(
                "an image as a video", "/analyse_video.php",
                fields("API_KEY=k", "task=porn_moderation", "file_video=@\(Fixtures.image("text.jpg"))"), 200, code(60)),
            Case(
                "video 404", "/analyse_video.php", fields("API_KEY=k", "task=porn_moderation", "url_video=%/nope.mp4"),
                200, code(60)),
            Case(
                "interval 0", "/analyse_video.php",
                fields("API_KEY=k", "task=porn_moderation", "frame_interval=0", "url_video=%/long.mp4"), 200, code(12)),
            Case(
                "interval x", "/analyse_video.php",
                fields("API_KEY=k", "task=porn_moderation", "frame_interval=x", "url_video=%/long.mp4"), 200, code(12)),
            Case(
                "a playlist that names a file", "/analyse_video.php",
                fields("API_KEY=k", "task=porn_moderation", "url_video=%/broken/names-a-file.m3u8"), 200, code(60)),
            Case(
                "too many pictures", "/analyse_video.php",
                fields("API_KEY=k", "task=porn_moderation", "frame_interval=0.01", "url_video=%/long.mp4"), 200,
                code(60)),
        ])
    }

    @Test func `Sightengine's types, codes and statuses`() async throws {
        let key = "api_user=u&api_secret=s"
        func media(_ name: String) -> [String] { ["-F", "media=@\(Fixtures.image(name))"] }
        func error(_ type: String, _ code: Int) -> String { #""error":{"code":\#(code),"# }
        let path = "/1.0/nudity.json?\(key)"
        try await check([
            Case("control", path, media("picture.jpg"), 200, #""status":"success""#),
            Case("no credentials", "/1.0/nudity.json", media("picture.jpg"), 401, #""type":"credentials_error""#),
            Case(
                "half the credentials", "/1.0/nudity.json?api_user=u", media("picture.jpg"), 401,
                #""code":1,"message":"Incorrect API user or API secret""#),
            Case(
                "no models", "/1.0/check.json?\(key)", media("picture.jpg"), 400,
                #""code":51,"message":"Please specify models""#),
            Case(
                "unknown model", "/1.0/check.json?\(key)&models=nudity,cars", media("picture.jpg"), 400,
                #""type":"argument_error""#),
            Case("unknown path of a model", "/1.0/cars.json?\(key)", media("picture.jpg"), 400, "argument_error"),
            Case("no media", path, [], 400, #""code":4,"message":"No media specified""#),
            Case("both", path + "&url=%/images/picture.jpg", media("picture.jpg"), 400, "argument_error"),
            Case("unreachable", path + "&url=http://127.0.0.1:1/a.jpg", [], 400, "media_error"),
            Case("404", path + "&url=%/nope.jpg", [], 400, "media_error"),
            Case("text", path, media("text.jpg"), 400, error("media_error", 9001)),
            Case("truncated", path, media("truncated.png"), 400, error("media_error", 9001)),
            Case("pixels", path, media("20000x20000.png"), 400, error("media_error", 9002)),
            Case("too many frames", path, media("300-frames.gif"), 400, error("media_error", 9002)),
            Case("JSON", path, ["-H", "Content-Type: application/json", "-d", #"{"url":"x"}"#], 400, "request_error"),
            Case("method", path, ["-X", "PUT"], 405, "request_error"),
            Case("path", "/1.0/a/b/c", [], 404, "request_error"),
            Case("callback with script", path + "&callback=alert(1)//", [], 400, "argument_error"),
            Case(
                "callback with a tag", path + "&callback=%3Cscript%3E".replacingOccurrences(of: "%", with: "\u{25}"),
                [], 400, "argument_error"),
            Case(
                "feedback model", "/1.0/feedback.json?\(key)&model=x&class=safe&url=http://a.example/b", [], 400,
                error("argument_error", 9101)),
            Case(
                "feedback class", "/1.0/feedback.json?\(key)&model=nudity&class=x&url=http://a.example/b", [], 400,
                error("argument_error", 9102)),
            Case("feedback without media", "/1.0/feedback.json?\(key)&model=nudity&class=safe", [], 400, #""code":4,"#),
            Case(
                "video interval", "/1.0/video/check-sync.json?\(key)&models=nudity&interval=-1&stream_url=%/long.mp4",
                [], 400, "argument_error"),
            Case(
                "video that is none", "/1.0/video/check-sync.json?\(key)&models=nudity&stream_url=%/images/page.html",
                [], 400, "media_error"),
            Case(
                "video of another scheme", "/1.0/video/check-sync.json?\(key)&models=nudity&stream_url=concat:a|b", [],
                400, "media_error"),
        ])
    }

    @Test func `WebPurify's codes, always with status 200`() async throws {
        let base = "/services/rest/?format=json&method=webpurify.aim.imgcheck"
        func code(_ code: Int) -> String { #""code":"\#(code)""# }
        func image(_ name: String) -> String { base + "&api_key=k&imgurl=%/images/\(name)" }
        let long = String(repeating: "x", count: 70_000)
        try await check([
            Case("control", image("picture.webp"), [], 200, #""stat":"ok""#),
            Case("control: 50 pixels", image("50x50.png"), [], 200, #""stat":"ok""#),
            Case("no key", base, [], 200, code(102)),
            Case("unknown category", image("picture.jpg") + "&cats=cars", [], 200, code(108)),
            Case("no URL", base + "&api_key=k", [], 200, code(103)),
            Case("bad URL", base + "&api_key=k&imgurl=nope", [], 200, code(103)),
            Case("404", image("nope.jpg"), [], 200, code(105)),
            Case("unreachable", base + "&api_key=k&imgurl=http://127.0.0.1:1/", [], 200, code(105)),
            Case("a format it does not take", image("picture.bmp"), [], 200, code(104)),
            Case("no image", image("page.html"), [], 200, code(104)),
            Case("truncated", image("truncated.jpg"), [], 200, code(104)),
            Case("49 × 49", image("49x49.png"), [], 200, code(107)),
            Case("300 × 49", image("300x49.jpg"), [], 200, code(107)),
            Case(
                "a 70 000-character id", base,
                ["-d", "api_key=k&customimgid=\(long)", "--data-urlencode", "imgurl=%/images/picture.jpg"], 200, code(1)
            ),
            Case(
                "control: a 65 000-character id", base,
                [
                    "-d", "api_key=k&customimgid=\(long.prefix(65_000))", "--data-urlencode",
                    "imgurl=%/images/picture.jpg",
                ], 200, #""stat":"ok""#),
            Case("unknown method", "/services/rest/?format=json&method=nope&api_key=k", [], 200, "Method not found"),
            Case(
                "XML by default", "/services/rest/?method=webpurify.aim.imgcheck", [], 200,
                #"<rsp stat="fail"><err code="102""#),
        ])
    }

    @Test func `ModerateContent's codes`() async throws {
        func code(_ code: Int) -> String { #""error_code":\#(code)"# }
        let type = "Content-Type: multipart/form-data"
        try await check([
            Case("control", "/moderate/?url=%/images/picture.jpg", [], 200, code(0)),
            Case(
                "no URL", "/moderate/?key=k", [], 200, #""error":"No url specified in querystring","error_code":1002"#),
            Case("unreachable", "/moderate/?url=http://127.0.0.1:1/", [], 200, code(1001)),
            Case("no boundary in the type", "/moderate/", ["-H", type, "--data-binary", "hello"], 200, code(1003)),
            Case(
                "body without its boundary", "/moderate/", ["-H", type + "; boundary=B", "--data-binary", "hello"], 200,
                code(1003)),
            Case(
                "headers that end too early", "/moderate/",
                ["-H", type + "; boundary=B", "--data-binary", "--B\r\nContent-Dispo"], 200, code(1005)),
            Case(
                "a part without a name", "/moderate/",
                ["-H", type + "; boundary=B", "--data-binary", "--B\r\nX: y\r\n\r\nz\r\n--B--"], 200, code(1006)),
            Case("truncated image", "/moderate/", ["-F", "file=@\(Fixtures.image("truncated.jpg"))"], 200, code(1005)),
            Case(
                "what is not taken is not decoded", "/moderate/",
                ["-F", "file=@\(Fixtures.image("blank.heic"))"], 200, code(1001)),
            Case("a page by POST", "/moderate/", ["-d", "url=%/images/page.html"], 200, code(1007)),
            Case("face=perhaps", "/moderate/?face=perhaps&url=%/images/picture.jpg", [], 200, code(1006)),
            Case("method", "/moderate/", ["-X", "DELETE"], 200, code(1006)),
            Case("callback with script", "/moderate/?callback=a;b&url=%/images/picture.jpg", [], 200, code(1006)),
        ])
    }

    @Test func `nsfw-categorize's reasons`() async throws {
        try await check([
            Case("control", "/api/upload?url=%/images/picture.jpg", [], 200, #""status":"OK""#),
            Case(
                "no image", "/api/upload", ["-F", "image=@\(Fixtures.image("text.jpg"))"], 200,
                #""reason":"File not a valid image","status":"ERR""#),
            Case("nothing", "/api/upload", [], 200, #""status":"ERR""#),
            Case(
                "unknown hash", "/api/hash/\(String(repeating: "a", count: 40))", [], 200,
                #""reason":"Hash not found","status":"ERR""#),
            Case("no hash", "/api/hash/xyz", [], 200, #""status":"ERR""#),
        ])
    }

    @Test func `files over an API's limit are refused in its words, however they come`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let large = folder.url.appending(path: "large.bin")
        try (Data([0xFF, 0xD8, 0xFF]) + Data(count: 17 << 20)).write(to: large)
        let files = try FileServer(folder: folder.url)
        defer { files.stop() }
        try await TestServer.with(configure: { $0.maxVideoBytes = 1 << 20 }) { server in
            let key = ["-F", "API_KEY=k", "-F", "task=porn_moderation"]
            let requests: [(String, [String], String)] = [
                ("/analyse/1.1", key + ["-F", "file_image=@\(large.path)"], #""errorCode":30"#),
                ("/analyse/1.1", key + ["-F", "url_image=\(files.address)/large.bin"], #""errorCode":30"#),
                ("/analyse_video.php", key + ["-F", "file_video=@\(large.path)"], #""errorCode":60"#),
                ("/moderate/", ["-F", "file=@\(large.path)"], "1008"),
                ("/1.0/nudity.json?api_user=u&api_secret=s", ["-F", "media=@\(large.path)"], "9002"),
                (
                    "/services/rest/?format=json&api_key=k&method=webpurify.aim.imgcheck&imgurl=\(files.address)/large.bin",
                    [], #""code":"104""#
                ),
            ]
            for (path, arguments, part) in requests {
                let answer = try await Answer.of([server.base + path] + arguments)
                #expect(answer.text.contains(part), "\(path) \(answer.text)")
            }
        }
    }

    @Test func `a multipart body without its end is taken, as one published client sends it`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let body = folder.url.appending(path: "body")
        let head =
            ["API_KEY": "k", "task": "porn_moderation"].map {
                "--B\r\nContent-Disposition: form-data; name=\"\($0)\"\r\n\r\n\($1)\r\n"
            }.joined() + "--B\r\nContent-Disposition: form-data; name=\"file_image\"; filename=\"file_image\"\r\n\r\n"
        try (Data(head.utf8) + Data(contentsOf: URL(filePath: picture))).write(to: body)
        try await TestServer.with { server in
            let answer = try await server.curl(
                "/analyse/1.1", "-H", "Content-Type: multipart/form-data; boundary=B", "--data-binary", "@\(body.path)")
            #expect(answer.text.contains(#""status":"success""#), "\(answer.text)")
        }
    }

    @Test func `a file counts by its field's name, whatever else its part says`() async throws {
        try await TestServer.with { server in
            // As one client sends bytes: neither a name nor a type.
            let body = Data("--B\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\n".utf8)
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let file = folder.url.appending(path: "body")
            try (body + Data(contentsOf: URL(filePath: picture)) + Data("\r\n--B--\r\n".utf8)).write(to: file)
            let path = "/1.0/nudity.json?api_user=u&api_secret=s"
            let bytes = try await server.curl(
                path, "-H", "Content-Type: multipart/form-data; boundary=B", "--data-binary", "@\(file.path)")
            #expect(bytes.status == 200, "\(bytes.text)")
            let typed = try await server.curl(path, "-F", "media=@\(picture);type=application/octet-stream;filename=x")
            #expect(typed.status == 200, "\(typed.text)")
            // A file in a field that means nothing here is none, and neither is one that nobody chose.
            let other = try await server.curl(path, "-F", "photo=@\(picture)")
            #expect(other.status == 400 && other.text.contains("No media specified"), "\(other.text)")
            let none = try await server.curl(path, "-F", "media=@/dev/null;filename=")
            #expect(none.status == 400 && none.text.contains("No media specified"), "\(none.text)")
            let head = try await server.curl("/moderate/?key=k", "-I")
            #expect(head.status == 200 && head.body.isEmpty)
        }
    }

    @Test func `header floods and endless addresses end the connection, not the server`() async throws {
        try await TestServer.with { server in
            let flood = (0..<3000).flatMap { ["-H", "X-\($0): y"] }
            let answer = try await Answer.of(["\(server.base)/moderate/"] + flood)
            #expect(answer.status == 400)
            let long = try? await server.curl("/moderate/?url=" + String(repeating: "x", count: 100_000))
            #expect(long == nil || long?.status == 400 || long?.status == 200)
            #expect(try await server.curl("/healthz").status == 200)
        }
    }
}
