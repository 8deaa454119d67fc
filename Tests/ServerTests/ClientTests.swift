import Foundation
import TestSupport
import Testing

/// A folder with `picture.jpg`, `video.mp4` and `street.mp4`, served.
private func withFiles<Result>(_ body: (FileServer, URL) throws -> Result) throws -> Result {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let copies = [
        ("picture.jpg", Fixtures.image("720p.jpg")), ("video.mp4", Fixtures.matrix("h264-closed.mp4")),
        ("street.mp4", Fixtures.sample("street.mp4")),
    ]
    for (name, path) in copies {
        try FileManager.default.copyItem(at: URL(filePath: path), to: folder.url.appending(path: name))
    }
    let files = try FileServer(folder: folder.url)
    defer { files.stop() }
    return try body(files, folder.url)
}

private func object(_ finished: Finished) throws -> [String: Any] {
    let parsed = try? JSONSerialization.jsonObject(with: finished.output)
    return try #require(parsed as? [String: Any], "\(finished.errors)")
}

/// Sightengine's and PicPurify's own clients, with only the host changed, against the real server and the judge on this
/// machine: what they return, by the names of `vendors.py`.
@Suite struct VendorClientTests {
    private static let finished = Task { try await onThread { try ask() } }

    private static func ask() throws -> Finished {
        let server = try ServerProgram("--allow-private-urls")
        defer { server.stop() }
        return try withFiles { files, folder in
            // A picture of the street while the caption is shown.
            let still = folder.appending(path: "street.png").path
            try run(
                "ffmpeg", ["-v", "error", "-ss", "7", "-i", Fixtures.sample("street.mp4"), "-frames:v", "1", still]
            ).ending()
            return try Python(
                program: "Server/vendors.py",
                [
                    server.base, files.address, folder.appending(path: "picture.jpg").path,
                    folder.appending(path: "video.mp4").path, try Fixtures.skimage("astronaut.png"), still,
                ], in: "vendors"
            ).run()
        }
    }

    private func answers() async throws -> [String: Any] { try object(try await Self.finished.value) }

    private func answer(_ name: String) async throws -> [String: Any] {
        try #require(try await answers()[name] as? [String: Any], "\(name)")
    }

    @Test(arguments: [
        "set_url", "set_file", "set_bytes", "video_sync", "video_later", "feedback_url", "feedback_file", "portrait",
        "street", "street_sync", "pp_file", "pp_url", "pp_age", "pp_video",
    ])
    func `a vendor's own client succeeds`(_ name: String) async throws {
        #expect(try await answer(name)["status"] as? String == "success")
    }

    @Test func `the same picture, by whatever way, is judged the same`() async throws {
        let all = try await answers()
        let scores = ["set_url", "set_file", "set_bytes"].map { name in
            ((all[name] as? [String: Any])?["nudity"] as? [String: Any])?["raw"] as? Double
        }
        #expect(scores[0] != nil && Set(scores).count == 1)
    }

    @Test func `Sightengine's client gets a frame a second`() async throws {
        let data = try await answer("video_sync")["data"] as? [String: Any]
        #expect((data?["frames"] as? [Any])?.count == 6)
    }

    @Test func `feedback is thanked for, and a class that is none is a failure`() async throws {
        #expect(try await answer("feedback_url")["message"] as? String == "Thank you!")
        #expect(try await answer("wrong_class")["status"] as? String == "failure")
    }

    @Test func `PicPurify's client gets decisions, and its own names for pictures`() async throws {
        let file = try await answer("pp_file"), all = try await answers()
        #expect(file["final_decision"] as? String == "OK")
        #expect((file["media"] as? [String: Any])?["reference_id"] as? String == "r1")
        #expect(all["pp_is_safe"] as? Bool == true && all["pp_faces"] as? Int == 0)
    }

    @Test func `PicPurify's client gets a picture of a video every two seconds`() async throws {
        let video = try await answer("pp_video")
        #expect(video["nb_images"] as? Int == 3 && (video["images_results"] as? [Any])?.count == 3)
    }

    @Test func `PicPurify's client is told which task is not served`() async throws {
        #expect((try await answers()["pp_unserved"] as? [Any])?.first as? Int == 12)
    }

    @Test func `a photograph of a woman has her face, and no minor's`() async throws {
        let portrait = try await answer("portrait")
        let faces = try #require(portrait["faces"] as? [[String: Any]])
        let attributes = try #require(faces.first?["attributes"] as? [String: Double])
        #expect(faces.count == 1 && attributes["female"] ?? 0 > 0.8 && attributes["minor"] ?? 1 < 0.2)
        #expect(((portrait["type"] as? [String: Any])?["photo"] as? Double ?? 0) > 0.5)
        let people = (try await answer("pp_age")["face_detection"] as? [String: Any])?["results"] as? [[String: Any]]
        let person = try #require(people?.first)
        #expect((person["gender"] as? [String: Any])?["decision"] as? String == "female", "\(person)")
        #expect((person["age_majority"] as? [String: Any])?["decision"] as? String == "major", "\(person)")
    }

    @Test(arguments: ["portrait", "street"])
    func `nothing is made up of what this machine cannot tell`(_ name: String) async throws {
        let one = try await answer(name)
        #expect(one["weapon"] as? Double ?? 1 < 0.5)
        #expect(one["alcohol"] == nil && one["drugs"] == nil)
    }

    @Test func `a drawn street has the text of its sign, and of its caption while that is shown`() async throws {
        let text = try #require(try await answer("street")["text"] as? [String: Any])
        #expect(max(text["has_artificial"] as? Double ?? 0, text["has_natural"] as? Double ?? 0) > 0.5)
        #expect((text["boxes"] as? [Any])?.isEmpty == false)
        let data = try await answer("street_sync")["data"] as? [String: Any]
        let frames = try #require(data?["frames"] as? [[String: Any]])
        let overlaid = frames.map { ($0["text"] as? [String: Any])?["has_artificial"] as? Double ?? -1 }
        #expect(overlaid.count == 18 && overlaid.allSatisfy { $0 >= 0 } && overlaid[7] > 0.5 && overlaid[1] < 0.5)
    }
}

/// Other programs nobody here wrote.
@Suite struct ClientTests {
    @Test func `Sightengine's asynchronous client validates the image's properties`() throws {
        let server = try ServerProgram("--allow-private-urls")
        defer { server.stop() }
        let all = try withFiles { files, folder in
            try object(
                try Python(
                    program: "Server/vendors-async.py",
                    [server.base, files.address, folder.appending(path: "picture.jpg").path], in: "vendors-async"
                ).run())
        }
        for name in ["url", "file"] {
            let one = all[name] as? [String: Any]
            let dominant = (one?["colors"] as? [String: Any])?["dominant"] as? [String: Any]
            #expect((dominant?["hsv"] as? [Double])?.count == 3 && dominant?["hex"] != nil, "\(all)")
            #expect(one?["sharpness"] as? Double != nil)
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
}
