import Foundation
import TestSupport
import Testing

/// Programs nobody here wrote, with only the host changed, against the real server and the judge on this machine.
@Suite struct ClientTests {
    private func object(_ finished: Finished) throws -> [String: [String: Any]] {
        let parsed = try? JSONSerialization.jsonObject(with: finished.output)
        return try #require(parsed as? [String: [String: Any]], "\(finished.errors)")
    }

    /// A folder with `picture.jpg` and `video.mp4`, served.
    private func withFiles(_ body: (FileServer, URL) throws -> Void) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let copies = [
            ("picture.jpg", Fixtures.image("720p.jpg")), ("video.mp4", Fixtures.matrix("h264-closed.mp4")),
            ("street.mp4", Fixtures.sample("street.mp4")),
        ]
        for (name, path) in copies {
            try FileManager.default.copyItem(
                at: URL(filePath: path), to: folder.url.appending(path: name))
        }
        let files = try FileServer(folder: folder.url)
        defer { files.stop() }
        try body(files, folder.url)
    }

    @Test func `Sightengine's and PicPurify's own clients get what they expect`() throws {
        let server = try ServerProgram("--allow-private-urls")
        defer { server.stop() }
        try withFiles { files, folder in
            let finished = try run(
                Fixtures.python("vendors"),
                [
                    Fixtures.program("Server/vendors.py"), server.base, files.address,
                    folder.appending(path: "picture.jpg").path, folder.appending(path: "video.mp4").path,
                    try Fixtures.skimage("astronaut.png"), try still(of: folder),
                ])
            let all = try #require(
                try JSONSerialization.jsonObject(with: finished.output) as? [String: Any], "\(finished.errors)")
            for name in [
                "set_url", "set_file", "set_bytes", "video_sync", "video_later", "feedback_url", "feedback_file",
            ] {
                let answer = try #require(all[name] as? [String: Any])
                #expect(answer["status"] as? String == "success", "\(name): \(answer)")
            }
            // The same picture, by whatever way, is judged the same.
            let scores = ["set_url", "set_file", "set_bytes"].map { name in
                ((all[name] as? [String: Any])?["nudity"] as? [String: Any])?["raw"] as? Double
            }
            #expect(scores[0] != nil && Set(scores).count == 1)
            let data = (all["video_sync"] as? [String: Any])?["data"] as? [String: Any]
            #expect((data?["frames"] as? [Any])?.count == 6)
            #expect((all["feedback_url"] as? [String: Any])?["message"] as? String == "Thank you!")
            #expect((all["wrong_class"] as? [String: Any])?["status"] as? String == "failure")

            let file = try #require(all["pp_file"] as? [String: Any])
            #expect(file["final_decision"] as? String == "OK")
            #expect((file["media"] as? [String: Any])?["reference_id"] as? String == "r1")
            #expect((all["pp_url"] as? [String: Any])?["status"] as? String == "success")
            #expect(all["pp_is_safe"] as? Bool == true && all["pp_faces"] as? Int == 0)
            let video = try #require(all["pp_video"] as? [String: Any])
            #expect(video["nb_images"] as? Int == 3 && (video["images_results"] as? [Any])?.count == 3)
            #expect((all["pp_unserved"] as? [Any])?.first as? Int == 12)
            try expectMoreThanNudity(all)
        }
    }

    /// A picture of the street while the caption is shown.
    private func still(of folder: URL) throws -> String {
        let path = folder.appending(path: "street.png").path
        let made = try run(
            "ffmpeg", ["-v", "error", "-ss", "7", "-i", Fixtures.sample("street.mp4"), "-frames:v", "1", path])
        try #require(made.status == 0, "\(made.errors)")
        return path
    }

    /// Models that the services charge for, of a photograph of a woman and of a drawn street with a sign and a caption.
    private func expectMoreThanNudity(_ all: [String: Any]) throws {
        func answer(_ name: String) throws -> [String: Any] { try #require(all[name] as? [String: Any], "\(name)") }
        let portrait = try answer("portrait"), street = try answer("street")
        let faces = try #require(portrait["faces"] as? [[String: Any]])
        let attributes = try #require(faces.first?["attributes"] as? [String: Double])
        #expect(faces.count == 1 && attributes["female"] ?? 0 > 0.8 && attributes["minor"] ?? 1 < 0.2)
        for one in [portrait, street] {
            #expect(one["weapon"] as? Double ?? 1 < 0.5)
            // Nothing is made up of what this machine cannot tell.
            #expect(one["alcohol"] == nil && one["drugs"] == nil)
        }
        #expect(((portrait["type"] as? [String: Any])?["photo"] as? Double ?? 0) > 0.5)
        let text = try #require(street["text"] as? [String: Any])
        #expect(max(text["has_artificial"] as? Double ?? 0, text["has_natural"] as? Double ?? 0) > 0.5)
        #expect((text["boxes"] as? [Any])?.isEmpty == false)
        let frames = try #require((try answer("street_sync")["data"] as? [String: Any])?["frames"] as? [[String: Any]])
        let overlaid = frames.map { ($0["text"] as? [String: Any])?["has_artificial"] as? Double ?? -1 }
        #expect(overlaid.count == 18 && overlaid.allSatisfy { $0 >= 0 } && overlaid[7] > 0.5 && overlaid[1] < 0.5)
        let age = try answer("pp_age")
        #expect(age["status"] as? String == "success", "\(age)")
        let people = try #require((age["face_detection"] as? [String: Any])?["results"] as? [[String: Any]])
        let person = try #require(people.first)
        #expect((person["gender"] as? [String: Any])?["decision"] as? String == "female", "\(person)")
        #expect((person["age_majority"] as? [String: Any])?["decision"] as? String == "major", "\(person)")
    }

    @Test func `Sightengine's asynchronous client validates the image's properties`() throws {
        let server = try ServerProgram("--allow-private-urls")
        defer { server.stop() }
        try withFiles { files, folder in
            let all = try object(
                try run(
                    Fixtures.python("vendors-async"),
                    [
                        Fixtures.program("Server/vendors-async.py"), server.base, files.address,
                        folder.appending(path: "picture.jpg").path,
                    ]))
            for name in ["url", "file"] {
                let dominant = (all[name]?["colors"] as? [String: Any])?["dominant"] as? [String: Any]
                #expect((dominant?["hsv"] as? [Double])?.count == 3 && dominant?["hex"] != nil, "\(all)")
                #expect(all[name]?["sharpness"] as? Double != nil)
            }
        }
    }

    @Test func `requests made from the description find no failure of the server`() throws {
        let server = try ServerProgram("--partial")
        defer { server.stop() }
        // It leaves files where it runs.
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let finished = try run(
            Fixtures.root.appendingPathComponent(".deps/environments/schemathesis/bin/schemathesis").path,
            [
                "run", server.base + "/openapi.json", "--checks", "not_a_server_error", "--max-examples", "40",
                "--seed",
                "7", "--generation-database", "none", "--no-color",
            ], folder: folder.url)
        #expect(finished.status == 0, "\(finished.text.suffix(4000)) \(finished.errors.suffix(1000))")
        // The control: it did ask.
        #expect(finished.text.contains("not_a_server_error") || finished.text.contains("passed"))
        let metrics = try run("curl", ["-sS", server.base + "/metrics"]).text
        let count = metrics.split(separator: "\n").filter { $0.hasPrefix("framesift_requests_total") }
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
        #expect(count > 300, "\(count) requests")
        #expect(!metrics.contains(#"result="error""#), "\(metrics)")
    }

    @Test(.enabled(if: (try? run("unshare", ["-rn", "true"]))?.status == 0))
    func `nothing of the inside is reached for a stranger, by address, name, redirect or playlist`() throws {
        let state = try TemporaryFolder()
        defer { state.remove() }
        let finished = try run(
            "unshare",
            [
                "-rn", "python3", Fixtures.program("Server/outside-and-inside.py"), ServerProgram.path,
                Fixtures.folder.path,
            ], environment: ["XDG_STATE_HOME": state.url.path])
        let parsed = try? JSONSerialization.jsonObject(with: finished.output)
        let found = try #require(parsed as? [String: Any], "\(finished.errors)")
        let images = try #require(found["images"] as? [String: [String: Any]])
        let videos = try #require(found["videos"] as? [String: [String: Any]])
        let good: Set = ["outside", "to-outside", "good-playlist", "outside-rtmp", "outside-srt"]
        for (name, answer) in images.merging(videos.map { ("video " + $0.key, $0.value) }, uniquingKeysWith: { $1 }) {
            let isGood = good.contains(name.replacingOccurrences(of: "video ", with: ""))
            #expect(answer["status"] as? String == (isGood ? "success" : "failure"), "\(name): \(answer)")
        }
        #expect(images.count == 17 && videos.count == 13)
        #expect((found["inside"] as? [String]) == [])
        // An RTSP server that sends its clients elsewhere gets them to connect there, and not to send a byte.
        #expect((found["rtsp"] as? [String] ?? ["?"]).allSatisfy { $0.isEmpty })
    }
}
