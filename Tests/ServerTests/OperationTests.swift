import Foundation
import Moderation
import TestSupport
import Testing

@testable import Server
@testable import Store

private let picture = Fixtures.image("picture.jpg")

@Suite(.timeLimit(.minutes(2))) struct OperationTests {
    @Test func `what a server counts itself is told while its state cannot be read`() async throws {
        try await TestServer.with { server in
            #expect(try await server.curl("/metrics").text.contains("framesift_jobs_waiting 0"))
            try await server.store.database.write { try $0.run("ALTER TABLE job RENAME TO hidden") }
            let answer = try await server.curl("/metrics")
            #expect(answer.status == 200 && answer.text.contains("framesift_jobs_in_progress 0"), "\(answer.text)")
            #expect(!answer.text.contains("framesift_jobs_waiting"))
        }
    }

    @Test func `what the judge cannot do is refused by name, and left out where the server was told to`() async throws {
        let judge = ScriptedJudge(categories: [.nudityExplicit, .face, .faceMultiple])
        let requests: [(path: String, arguments: [String], refusal: String)] = [
            (
                "/analyse/1.1",
                ["-F", "API_KEY=k", "-F", "task=porn_moderation,gore_moderation", "-F", "file_image=@\(picture)"],
                #""errorCode":12,"errorMsg":"“gore_moderation” cannot be judged here. What can be: face_detection, porn_moderation."#
            ),
            (
                "/1.0/check.json?api_user=u&api_secret=s&models=nudity,wad", ["-F", "media=@\(picture)"],
                #""message":"“wad” cannot be judged here. What can be: faces, nudity.","type":"argument_error""#
            ),
        ]
        try await TestServer.with(judge: judge) { server in
            for (path, arguments, refusal) in requests {
                let answer = try await Answer.of([server.base + path] + arguments)
                #expect(answer.text.contains(refusal), "\(answer.text)")
            }
            let web = try await server.curl(
                "/services/rest/?format=json&method=webpurify.aim.imgcheck&api_key=k&cats=nudity,gore&imgurl=http://a.example/b"
            )
            #expect(web.text.contains(#""code":"108","msg":"Undefined category name: gore""#), "\(web.text)")
        }
        try await TestServer.with(judge: judge, configure: { $0.isPartial = true }) { server in
            for (path, arguments, _) in requests {
                let answer = try await Answer.of([server.base + path] + arguments)
                #expect(answer.text.contains(#""status":"success""#), "\(answer.text)")
                #expect(!answer.text.contains("gore_content") && !answer.text.contains("weapon"), "\(answer.text)")
            }
            let none = try await server.curl(
                "/analyse/1.1", "-F", "API_KEY=k", "-F", "task=gore_moderation", "-F", "file_image=@\(picture)")
            #expect(none.text.contains(#""errorCode":12"#))
            let faces = try await server.curl(
                "/1.0/check.json?api_user=u&api_secret=s&models=nudity", "-F", "media=@\(picture)")
            #expect(faces.text.contains(#""nudity""#) && !faces.text.contains(#""faces""#))
        }
    }

    @Test func `offensive is answered where hate and gestures are both told, and by half of it only with --partial`()
        async throws
    {
        func ask(_ judge: ScriptedJudge, isPartial: Bool = false) async throws -> String {
            try await TestServer.with(judge: judge, configure: { $0.isPartial = isPartial }) { server in
                let address = "/1.0/offensive.json?api_user=u&api_secret=s"
                return try await server.curl(address, "-F", "media=@\(picture)").text
            }
        }
        var halves = ScriptedJudge(categories: [.hate, .gesture], scores: [.hate: 0.75, .gesture: 0.5])
        #expect(try await ask(halves).contains(#""offensive":{"prob":0.75}"#))
        halves.categories = [.gesture]
        #expect(try await ask(halves).contains("“offensive” cannot be judged here"))
        #expect(try await ask(halves, isPartial: true).contains(#""offensive":{"prob":0.5}"#))
    }

    @Test func `more than the queue holds is refused at once, in each dialect's way`() async throws {
        let gate = Gate()
        try await TestServer.with(judge: ScriptedJudge(gate: gate), configure: { $0.imageQueue = 2 }) { server in
            func upload() async throws -> Answer {
                try await server.curl("/1.0/nudity.json?api_user=u&api_secret=s", "-F", "media=@\(picture)")
            }
            async let first = upload()
            async let second = upload()
            await gate.arrivals(2)
            let metrics = try await server.curl("/metrics").text
            #expect(
                metrics.contains("framesift_images_queued 2\n") && metrics.contains("framesift_images_queue_limit 2\n"))
            #expect(metrics.contains("framesift_requests_in_flight 2\n"))
            let refused = try await upload()
            #expect(
                refused.status == 503 && refused.headers["retry-after"] == "1" && refused.text.contains("usage_limit"))
            let pic = try await server.curl(
                "/analyse/1.1", "-F", "API_KEY=k", "-F", "task=porn_moderation", "-F", "file_image=@\(picture)")
            #expect(pic.status == 503 && pic.text.contains(#""errorCode":50"#))
            #expect(try await server.curl("/moderate/", "-F", "file=@\(picture)").status == 503)
            #expect(try await server.curl("/api/upload", "-F", "image=@\(picture)").text.contains("ERR"))
            gate.open()
            #expect(try await first.status == 200)
            #expect(try await second.status == 200)
            #expect(try await upload().status == 200)
        }
    }

    @Test func `metrics count requests by API and result, and pictures`() async throws {
        try await TestServer.with { server in
            _ = try await server.curl("/moderate/", "-F", "file=@\(Fixtures.image("reddening.gif"))")
            _ = try await server.curl("/moderate/?key=k")
            _ = try await server.curl("/services/rest/?method=webpurify.aim.imgcheck")
            let text = try await server.curl("/metrics").text
            #expect(text.contains(#"framesift_requests_total{dialect="moderatecontent",result="ok"} 1"#))
            #expect(text.contains(#"framesift_requests_total{dialect="moderatecontent",result="refused"} 1"#))
            #expect(text.contains(#"framesift_requests_total{dialect="webpurify",result="credentials"} 1"#))
            #expect(text.contains(#"framesift_request_duration_seconds_bucket{dialect="moderatecontent",le="+Inf"} 2"#))
            #expect(text.contains("framesift_pictures_judged_total 4\n"))
            #expect(text.contains("framesift_requests_in_flight 0\n"))
        }
    }

    @Test func `log lines have a request id and no secrets`() async throws {
        try await TestServer.with { server in
            _ = try await server.curl(
                "/1.0/nudity.json?api_user=user-1&api_secret=secret-1&url=http://127.0.0.1:1/secret-2")
            _ = try await server.curl(
                "/analyse/1.1", "-F", "API_KEY=secret-3", "-F", "task=porn_moderation", "-F", "reference_id=secret-4",
                "-F", "file_image=@\(picture);filename=secret-5.jpg")
            _ = try await server.curl("/api/upload", "-H", "NSFWKEY: secret-6", "-F", "image=@\(picture)")
            _ = try await server.curl("/services/rest/?method=webpurify.aim.imgaccount&api_key=secret-7")
            let log = server.log.text
            #expect(log.contains("picpurify") && log.contains("/1.0/{model}.json") && log.contains("hb.request.id"))
            #expect(!log.contains("secret") && !log.contains("user-1"), "\(log)")
        }
    }

    @Test func `what is in flight is finished when the server stops`() async throws {
        let gate = Gate()
        let judge = ScriptedJudge(gate: gate)
        let answer = try await TestServer.with(judge: judge, afterStopping: gate.open) { server in
            let pending = Task {
                try await server.curl("/1.0/nudity.json?api_user=u&api_secret=s", "-F", "media=@\(picture)")
            }
            await gate.arrivals(1)
            // Leaving this block asks the server to stop; the judge answers only after that.
            return pending
        }
        #expect(try await answer.value.status == 200)
    }

    @Test func `a video whose client has gone is not judged to its end`() async throws {
        let gate = Gate()
        // Answers when nobody wants to know any more.
        let judge = ScriptedJudge([.nudityExplicit]) { _ in
            Task { await gate.wait() }
            try await waitForEver()
            return 0
        }
        try await TestServer.with(judge: judge) { server in
            let client = Process()
            client.executableURL = URL(filePath: "/usr/bin/env")
            client.arguments = [
                "curl", "-sS", "-F", "API_KEY=k", "-F", "task=porn_moderation",
                "-F", "file_video=@\(Fixtures.matrix("h264-closed.mp4"))", server.base + "/analyse_video.php",
            ]
            client.standardError = FileHandle.nullDevice
            try client.run()
            await gate.arrivals(1)
            #expect(try await server.curl("/metrics").text.contains("framesift_videos_in_progress 1\n"))
            kill(client.processIdentifier, SIGKILL)
            await server.log.wait(for: "aborted")
            let metrics = try await server.curl("/metrics").text
            #expect(metrics.contains("framesift_videos_in_progress 0\n"))
            #expect(metrics.contains(#"{dialect="picpurify",result="aborted"} 1"#))
            gate.open()
        }
    }

    @Test func `every API that a key can be good for is served`() async throws {
        try await TestServer.with { server in
            let document = try await server.curl("/openapi.json").json()
            let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
            let served = Set(paths.values.flatMap(\.values).flatMap { $0["tags"] as? [String] ?? [] })
            // The dashboard is for people, and is not described.
            let apis = DialectName.allCases.filter { $0 != .dashboard }.map(\.rawValue)
            #expect(served.symmetricDifference(apis) == [])
            #expect(try await server.curl("/login").status == 200)
        }
    }

    @Test func `the description names every route, and each route answers`() async throws {
        try await TestServer.with { server in
            let document = try await server.curl("/openapi.json").json()
            let paths = try #require(document["paths"] as? [String: Any])
            #expect(
                Set(paths.keys).symmetricDifference([
                    "/analyse/1.1", "/analyse_video.php", "/analyse_video/1.0", "/analyse_video/1.1", "/1.0/check.json",
                    "/1.0/feedback.json", "/1.0/video/check-sync.json", "/1.0/video/check.json", "/1.0/video/byid.json",
                    "/1.0/video/ongoing.json", "/1.0/upload/create-video.json", "/1.0/upload/{media}",
                    "/1.0/{model}.json", "/services/rest",
                    "/v1/detect-images", "/hooks/nginx-rtmp", "/hooks/mediamtx", "/moderate", "/api/upload",
                    "/api/hash/{hash}", "/healthz",
                    "/metrics", "/openapi.json",
                ]) == [])
            for path in paths.keys {
                let concrete = path.replacingOccurrences(of: "{model}", with: "nudity")
                    .replacingOccurrences(of: "{hash}", with: "ab").replacingOccurrences(of: "{media}", with: "med_1")
                let answer = try await server.curl(concrete)
                #expect(answer.status != 404 && answer.status < 500, "\(path)")
            }
            #expect(try await server.curl("/nothing/here").status == 404)
        }
    }
}
