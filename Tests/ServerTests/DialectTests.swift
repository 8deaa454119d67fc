import Foundation
import Moderation
import Store
import TestSupport
import Testing
import Wire

@testable import Server

private let red = Fixtures.image("reddening.gif")
private let picture = Fixtures.image("picture.jpg")

/// Every mean red of `picture.jpg` is about half: Pillow says 127.
@Suite struct DialectTests {
    @Test func `PicPurify: an image with moderation and face tasks`() async throws {
        try await TestServer.with { server in
            let answer = try await server.curl(
                "/analyse/1.1", "-F", "API_KEY=k", "-F",
                "task= porn_moderation, gore_moderation,face_gender_age_detection",
                "-F", "reference_id=r", "-F", "origin_id=o", "-F", "file_image=@\(red)")
            let reply = try WireJSON.decode(PicPurifyReply<PicPurifyImageAnswer>.self, from: answer.body)
            guard case .answer(let image) = reply else { throw Answer.Problem(text: answer.text) }
            // Of an animation the first picture alone, which is black.
            #expect(image.finalDecision == "OK" && image.classifiers["porn_moderation"]?.confidence == 1)
            #expect(image.faceDetection?.count == 1 && image.unitsConsumed == 5)
            #expect(image.faceDetection?.results[0].gender?.decision == "female")
            #expect(image.media.referenceID == "r" && image.media.originID == "o")
            #expect(image.media.fileImage == "reddening.gif" && image.media.urlImage == "")
            #expect(image.media.mediaID.count == 32)
        }
    }

    @Test func `PicPurify: a picture inside the address, as its own client sends it`() async throws {
        let data = try Data(contentsOf: URL(filePath: picture)).base64EncodedString()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let uri = folder.url.appending(path: "uri")
        try Data("data:image/jpeg;base64,\(data)".utf8).write(to: uri)
        try await TestServer.with { server in
            let answer = try await server.curl(
                "/analyse/1.1", "-d", "API_KEY=k&task=porn_moderation", "--data-urlencode", "url_image@\(uri.path)")
            #expect(try answer.json()["status"] as? String == "success", "\(answer.text)")
            #expect(!answer.text.contains(data.prefix(40)))
        }
    }

    @Test(arguments: ["/analyse_video.php", "/analyse_video/1.0", "/analyse_video/1.1"])
    func `PicPurify: a video, at each of its paths`(_ path: String) async throws {
        try await TestServer.with { server in
            let answer = try await server.curl(
                path, "-F", "API_KEY=k", "-F", "task=porn_moderation", "-F", "frame_interval=2.5",
                "-F", "file_video=@\(Fixtures.matrix("h264-closed.mp4"))")
            let video = try WireJSON.decode(PicPurifyVideoAnswer.self, from: answer.body)
            // Six seconds: positions 0, 2.5 and 5.
            #expect(video.nbImages == 3 && video.images.count == 3 && video.status == "success")
            #expect(video.nbImagesOK + video.nbImagesKO == 3)
            #expect(video.images.map(\.media.fileImage) == ["00000001.jpg", "00000002.jpg", "00000003.jpg"])
            #expect(video.media.fileVideo == "h264-closed.mp4")
        }
    }

    @Test func `PicPurify: the video may come as file_image, as its documentation's sample sends it`() async throws {
        try await TestServer.with { server in
            let answer = try await server.curl(
                "/analyse_video.php", "-F", "API_KEY=k", "-F", "task=porn_moderation",
                "-F", "file_image=@\(Fixtures.matrix("h264-closed.mp4"))")
            #expect(try answer.json()["nb_images"] as? Int == 6, "\(answer.text)")
        }
    }

    @Test func `Sightengine: all models at once, and their operations`() async throws {
        try await TestServer.with { server in
            let models = "nudity, wad,properties,face,type,celebrities,face-attributes,scam,text,offensive"
            let answer = try await server.curl(
                "//1.0//check.json", "-F", "api_user=u", "-F", "api_secret=s", "-F", "models=\(models)",
                "-F", "media=@\(picture)")
            let message = try WireJSON.decode(SightengineImageAnswer.self, from: answer.body)
            let results = message.results
            #expect(abs((results.nudity?.raw ?? 0) - 0.5) < 0.02 && results.weapon == 0.01)
            #expect(results.face?.single == 0.97 && results.faces?.first?.celebrity?.first?.name == "Daniel Craig")
            #expect(results.faces?.first?.attributes?.female == 0.96)
            #expect(results.colors?.dominant.hsv == [0.1405, 0.3778, 0.5294])
            #expect(results.type != nil && results.text != nil && results.offensive != nil && results.scam != nil)
            #expect(message.request.operations == 9 && message.media.uri == "picture.jpg")
            #expect(message.request.id.hasPrefix("req_") && message.request.id.count == 25)
        }
    }

    @Test func `Sightengine: an animation is one result over all its pictures, and costs each`() async throws {
        try await TestServer.with { server in
            let answer = try await server.curl(
                "/1.0/nudity.json", "-F", "api_user=u", "-F", "api_secret=s", "-F", "media=@\(red)")
            let message = try WireJSON.decode(SightengineImageAnswer.self, from: answer.body)
            #expect(message.results.nudity?.raw == (240.0 / 255 * 1e6).rounded() / 1e6)
            #expect(message.request.operations == 4)
        }
    }

    @Test func `Sightengine: a script for the callback asked for, errors too`() async throws {
        try await TestServer.with { server in
            let query = "/1.0/nudity.json?api_user=u&callback=a.b_\\$1"
            let good = try await server.curl(
                query + "&api_secret=s", "-F", "media=@\(picture)", "-F", "callback=a.b_$1")
            #expect(good.text.hasPrefix(#"a.b_$1({"#) && good.text.hasSuffix("});"))
            #expect(good.headers["content-type"] == "application/javascript" && good.status == 200)
            let bad = try await server.curl("/1.0/nudity.json?callback=cb&api_user=u&api_secret=s")
            #expect(bad.status == 200 && bad.text.hasPrefix("cb({") && bad.text.contains("No media specified"))
        }
    }

    @Test func `Sightengine: a short video, by upload and by address, and its interval`() async throws {
        let files = try FileServer(folder: Fixtures.root)
        defer { files.stop() }
        try await TestServer.with { server in
            let upload = try await server.curl(
                "/1.0/video/check-sync.json", "-F", "api_user=u", "-F", "api_secret=s", "-F", "models=nudity,faces",
                "-F", "interval=0.5", "-F", "media=@\(Fixtures.matrix("h264-closed.mp4"))")
            let message = try WireJSON.decode(SightengineVideoAnswer.self, from: upload.body)
            #expect(message.data.frames.map(\.info.position) == Array(stride(from: 0, to: 6000, by: 500)))
            #expect(message.data.frames.allSatisfy { $0.results.nudity != nil && $0.results.faces?.count == 1 })
            #expect(message.data.frames[3].info.id == message.media.id + "_4" && message.request.operations == 24)
            for name in ["stream_url", "url"] {
                let address = try await server.curl(
                    "/1.0/video/check-sync.json?api_user=u&api_secret=s&models=nudity&\(name)=\(files.address)/.deps/fixtures/matrix/h264-open.ts"
                )
                #expect(try WireJSON.decode(SightengineVideoAnswer.self, from: address.body).data.frames.count == 6)
            }
            for name in ["long.mp4", "long-undeclared.mkv"] {
                let long = try await server.curl(
                    "/1.0/video/check-sync.json", "-F", "api_user=u", "-F", "api_secret=s", "-F", "models=nudity",
                    "-F", "media=@\(Fixtures.folder.path)/\(name)")
                #expect(long.status == 400 && long.text.contains("longer than 60 seconds"), "\(name) \(long.text)")
            }
        }
    }

    @Test func `Sightengine: feedback is kept, by address and by upload`() async throws {
        try await TestServer.with { server in
            let got = try await server.curl(
                "/1.0/feedback.json?model=nudity&class=safe&url=http://example.com/a.jpg&api_user=u&api_secret=s")
            #expect(try got.json()["message"] as? String == "Thank you!")
            let posted = try await server.curl(
                "/1.0/feedback.json", "-F", "api_user=u", "-F", "api_secret=s", "-F", "model=wad", "-F",
                "class=weapons",
                "-F", "media=@\(picture)")
            #expect(try WireJSON.decode(SightengineFeedbackAnswer.self, from: posted.body).request.operations == 0)
            let kept = try await server.store.feedback(limit: 10)
            #expect(kept.map(\.trueClass) == ["weapons", "safe"] && kept[1].url == "http://example.com/a.jpg")
            let digest = try run("sha256sum", [picture]).text.prefix(64)
            #expect(kept[0].sha256 == String(digest))
            let wrong = try await server.curl(
                "/1.0/feedback.json?model=nudity&class=weapons&url=http://example.com/a.jpg&api_user=u&api_secret=s")
            #expect(wrong.status == 400 && wrong.text.contains("argument_error"))
            #expect(try await server.store.feedback(limit: 10).count == 2)
        }
    }

    @Test func `WebPurify: XML unless JSON is asked for, by GET and POST`() async throws {
        let files = try FileServer(folder: Fixtures.root)
        defer { files.stop() }
        try await TestServer.with { server in
            let fields =
                "method=webpurify.aim.imgcheck&api_key=KEY&cats=nudity,WAD&imgurl=\(files.address)/.deps/fixtures/images/picture.png"
            let xml = try await server.curl("/services/rest/?" + fields)
            #expect(xml.headers["content-type"] == "text/xml; charset=utf-8")
            guard case .answer(let one) = try WebPurifyReply(xml: xml.body) else {
                throw Answer.Problem(text: xml.text)
            }
            let json = try await server.curl("/services/rest/?format=json", "-d", fields)
            #expect(try WebPurifyReply(json: json.body) == .answer(one))
            #expect(one.weapon == 1 && one.categories == 2 && one.apiKey == "KEY")
            #expect(abs((one.nudity ?? 0) - 50) < 2 && one.partialNudity == 1)
            #expect(abs((one.nudity ?? 0) + (one.safe ?? 0) - 99) < 0.001)
            let account = try await server.curl(
                "/services/rest/?format=json&method=webpurify.aim.imgaccount&api_key=KEY")
            guard case .answer(let left) = try WebPurifyReply(json: account.body) else {
                throw Answer.Problem(text: "")
            }
            #expect(left.remaining == 2_147_483_647)
        }
    }

    @Test func `WebPurify: recognised text is looked through for profanity where a key for that is given`() async throws
    {
        let files = try FileServer(folder: Fixtures.root)
        defer { files.stop() }
        try await TestServer.with { server in
            let fields =
                "method=webpurify.aim.imgcheck&api_key=KEY&format=json&cats=ocr&imgurl=\(files.address)/.deps/fixtures/images/picture.png"
            let plain = try await server.curl("/services/rest/", "-d", fields)
            #expect(plain.text.contains(#""categories":"1""#) && !plain.text.contains("ocr_profanity"), "\(plain.text)")
            let filtered = try await server.curl("/services/rest/", "-d", fields + "&pf_api_key=PF")
            #expect(filtered.text.contains(#""ocr_profanity":"0""#), "\(filtered.text)")
        }
    }

    @Test func `ModerateContent: the worst picture of an animation, and faces`() async throws {
        let files = try FileServer(folder: Fixtures.root)
        defer { files.stop() }
        try await TestServer.with { server in
            let posted = try await server.curl("/moderate/", "-F", "file=@\(red)", "-F", "key=k")
            let message = try WireJSON.decode(ModerateContentAnswer.self, from: posted.body)
            #expect(message.rating == .adult && message.frame == 3 && message.faces == nil)
            #expect(abs(message.predictions.adult - 240.0 / 2.55) < 0.001)
            let address = files.address + "/.deps/fixtures/images/picture.jpg"
            let got = try await server.curl("/moderate/?face=true&callback=cb&url=\(address)")
            #expect(got.text.hasPrefix("cb({") && got.text.contains(#""left":80"#) && got.text.contains(address))
        }
    }

    @Test func `ModerateContent: of a face also what the judge can tell, which may be nothing more`() async throws {
        for (judge, gender, age) in [
            (ScriptedJudge(), "female", 39), (ScriptedJudge(categories: [.nudityExplicit, .face]), nil, nil),
        ] {
            try await TestServer.with(judge: judge) { server in
                let posted = try await server.curl("/moderate/", "-F", "file=@\(picture)", "-F", "face=true")
                let answer = try WireJSON.decode(ModerateContentAnswer.self, from: posted.body)
                #expect(answer.faces?.count == 1)
                #expect(answer.faces?.first?.gender == gender && answer.faces?.first?.age == age)
            }
        }
    }

    @Test func `nsfw-categorize: classes and flags`() async throws {
        try await TestServer.with { server in
            let safe = try await server.curl("/api/upload", "-H", "NSFWKEY: k", "-F", "image=@\(red)")
            #expect(safe.text.contains(#""classification":"neutral","confidence":99"#))
            #expect(safe.text.contains(#""nsfw":false,"porn":false"#))
            let bad = try await server.curl(
                "/api/upload", "-H", "NSFWKEY: k", "-F", "image=@\(Fixtures.image("exif-1.jpg"))")
            #expect(bad.text.contains(#""classification""#) && bad.text.contains(#""key_quota""#))
            let digest = String(try run("sha1sum", [red]).text.prefix(40))
            let known = try await server.curl("/api/hash/\(digest.uppercased())")
            #expect(known.text.contains(digest) && known.text.contains(#""quota":10"#))
        }
    }

    @Test func `nsfw-categorize: what was found before a list of known content changed hides no match`() async throws {
        let store = try Store()
        let digest = String(try run("sha1sum", [picture]).text.prefix(40))
        /// - Parameter known: What the lists say; `nil`: there are none.
        func ask(known: Double?) async throws -> [String] {
            var scores = [ContentCategory.nudityExplicit: 0.04]
            scores[.knownContent] = known
            let judge = ScriptedJudge(categories: Set(scores.keys), scores: scores)
            return try await TestServer.with(judge: judge, store: store) { server in
                let answers = [
                    try await server.curl("/api/upload", "-H", "NSFWKEY: k", "-F", "image=@\(picture)"),
                    try await server.curl("/api/hash/\(digest)"),
                ]
                return try answers.map { answer in
                    let reply = try WireJSON.decode(NSFWCategorizeReply.self, from: answer.body)
                    guard let data = reply.data, let found = data.classification else { return reply.reason ?? "" }
                    return "\(found.rawValue) \(data.confidence)"
                }
            }
        }
        #expect(try await ask(known: nil) == ["neutral 96.0", "neutral 96.0"])
        #expect(try await ask(known: 0) == ["neutral 96.0", "Hash not found"])
        #expect(try await ask(known: 1) == ["nsfw 100.0", "Hash not found"])
        #expect(try await ask(known: nil) == ["neutral 96.0", "neutral 96.0"])
    }
}
