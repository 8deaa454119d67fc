import Foundation
import Moderation
import Reports
import TestSupport
import Testing

/// The program itself, as built for the tests.
private func framesift(_ arguments: String..., input: FileHandle? = nil, environment: [String: String] = [:]) throws
    -> Finished
{
    let program = Bundle.main.bundleURL.appendingPathComponent("framesift")
    let built =
        FileManager.default.fileExists(atPath: program.path)
        ? program : Fixtures.root.appendingPathComponent(".build/debug/framesift")
    return try run(built.path, arguments, input: input, environment: environment)
}

private func check(_ arguments: String...) throws -> ModerationResult {
    let finished = try run(
        Fixtures.root.appendingPathComponent(".build/debug/framesift").path, ["check", "--format", "json"] + arguments)
    return try ModerationResult(json: finished.output)
}

@Suite struct CheckCommandTests {
    @Test func `the main job: a QR code from 6.0 s to 9.5 s is a segment from 6 s to 10 s`() throws {
        let result = try check(Fixtures.sample("qr.mp4"), "--task", "porn_moderation,qr_code_moderation")
        #expect(result.finalDecision == .ko && result.rejectCriteria == ["qr_code_moderation"])
        #expect((result.nbImages, result.nbImagesOk, result.nbImagesKo) == (12, 8, 4))
        #expect(result.segments.map { "\($0.category) \($0.start) \($0.end)" } == ["qr 6000 10000"])
        let texts = result.frames.compactMap { $0.details?.qrCodes?.first }
        #expect(texts == Array(repeating: "https://example.org/framesift", count: 4))
        #expect(result.media.duration == 12000)
    }

    @Test(arguments: [
        ("code.heic", Decision.ko, 1), ("code-on-page-2.pdf", .ko, 3), ("code-on-page-2-of-60.pdf", .ko, 50),
        ("code-on-page-55-of-60.pdf", .undetermined, 50), ("3-pages.pdf", .ok, 3), ("reddening.webp", .ok, 4),
        ("turned-1.dng", .ok, 1),
    ])
    func `a photo, an animation and a document are checked like a video`(
        _ name: String, _ decision: Decision, _ pictures: Int
    ) throws {
        let result = try check(Fixtures.image(name), "--task", "qr_code_moderation")
        #expect(result.finalDecision == decision && result.nbImages == pictures)
    }

    @Test func `a sign, a caption that swears, a code and a drawing are each found when they are there`() throws {
        let result = try check(Fixtures.sample("street.mp4"), "--task", "all")
        let segments = Set(result.segments.map { "\($0.category) \($0.start) \($0.end)" })
        // The last shop's sign is leaving the picture at 9 s.
        #expect(
            segments == [
                "text.natural 0 10000", "text.artificial 5000 9000", "text.profanity 5000 9000", "qr 9000 14000",
            ])
        for frame in result.frames {
            let (isDrawn, drawn) = (frame.info.position >= 14000, frame.scores["type.illustration"] ?? 0)
            #expect(isDrawn ? drawn > 0.9 : drawn < 0.3, "\(frame.info.position): \(drawn)")
            #expect(frame.details?.faces == [] && frame.details?.hands == [])
        }
        let sign = try #require(result.frames.first?.details?.lines?.first)
        #expect(sign.text == "Maple Street" && sign.origin == .natural)
        let caption = try #require(result.frames[6].details?.lines?.last)
        #expect(caption.text == "this traffic sucks" && caption.profanity == ["sucks"] && caption.origin == .artificial)
        // Drawn around the pixel (480, 476) of 960 × 540.
        let middle = ((caption.box.x1 + caption.box.x2) / 2, (caption.box.y1 + caption.box.y2) / 2)
        #expect(abs(middle.0 - 480.0 / 960) < 0.01 && abs(middle.1 - 476.0 / 540) < 0.02, "\(middle)")
    }

    @Test func `an experiment has to be allowed, and says so wherever its result shows`() throws {
        let clip = Fixtures.sample("qr.mp4")
        let measured = "Found on 1 of 22 pictures of scenes with bottles or glasses"
        let refused = try run(ServerProgram.path, ["check", clip, "--task", "alcohol"])
        #expect(refused.status == 64 && refused.errors.contains("With --experimental it is judged"))
        #expect(refused.errors.contains(measured))

        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let policy = folder.url.appending(path: "policy.yaml").path
        try "experimental: true".write(toFile: policy, atomically: true, encoding: .utf8)
        for allowed in [["--experimental"], ["--policy", policy]] {
            let finished = try run(
                ServerProgram.path,
                ["check", clip, "--task", "alcohol", "--format", "json,text,html", "-o", folder.url.path] + allowed)
            #expect(finished.status == 0 && finished.errors.contains(measured), "\(finished.errors)")
            for form in ["json", "txt", "html"] {
                let report = try String(contentsOf: folder.url.appending(path: "report.\(form)"), encoding: .utf8)
                #expect(report.contains(measured), "\(form)")
            }
        }
        // What is promised is no experiment.
        let promised = try check(clip, "--task", "qr", "--experimental")
        #expect(promised.provider.experimental == nil)
    }

    @Test func `a finer interval finds the event's borders`() throws {
        let result = try check(Fixtures.sample("qr.mp4"), "--task", "qr", "--frame-interval", "0.1")
        // At 25 pictures a second the last one with the code is shown from 9.48 s to 9.52 s: still there at 9.5 s.
        #expect(result.segments.map(\.start) == [6000] && result.segments.map(\.end) == [9600])
    }

    @Test func `a slideshow's picture counts at each position it is on screen`() throws {
        let result = try check(Fixtures.sample("slideshow.mp4"), "--task", "qr")
        #expect(result.segments.map { [$0.start, $0.end] } == [[3000, 6000]])
        #expect(result.frames.map(\.reused) == [false, true, false, false, true, true, false, true, true, true])
    }

    @Test func `a phone clip is judged upright`() throws {
        let result = try check(Fixtures.sample("phone.mp4"), "--task", "qr")
        #expect(result.media.rotation == 90 && result.segments.map { [$0.start, $0.end] } == [[2000, 4000]])
    }

    @Test func `standard input is a video too`() throws {
        let file = try #require(FileHandle(forReadingAtPath: Fixtures.matrix("h264-open.ts")))
        let finished = try framesift("check", "-", "--task", "qr", "--format", "json", input: file)
        #expect(finished.status == 0)
        #expect(try ModerationResult(json: finished.output).nbImages == 6)
    }

    @Test(arguments: [("animated.gif", 4), ("h264-vfr.mp4", 6), ("theora.ogg", 6)])
    func `containers of all kinds`(clip: String, count: Int) throws {
        #expect(try check(Fixtures.matrix(clip), "--task", "qr").nbImages == count)
    }

    @Test func `a still image is one picture`() throws {
        #expect(try check(Fixtures.still("still.jpg"), "--task", "qr").nbImages == 1)
    }

    @Test func `a policy decides`() throws {
        let strict = try check(Fixtures.sample("qr.mp4"), "--task", "qr", "--policy", Fixtures.sample("policy.yaml"))
        #expect(strict.finalDecision == .ko && strict.policy.decision == "window 2 of 3")
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appendingPathComponent("p.yaml")
        try Data("decision: {at_least: 5}".utf8).write(to: file)
        #expect(try check(Fixtures.sample("qr.mp4"), "--task", "qr", "--policy", file.path).finalDecision == .ok)
    }

    @Test func `references are repeated`() throws {
        let result = try check(Fixtures.still("still.jpg"), "--task", "qr", "--reference-id", "r1", "--origin-id", "o1")
        #expect((result.media.referenceID, result.media.originID) == ("r1", "o1"))
    }
}

@Suite struct ExitCodeTests {
    private static let endings: [([String], Int32)] = [
        (["check", "missing.mp4", "--task", "qr"], Int32(65)), (["check", "/", "--task", "qr"], 64),
        (["check", "BROKEN/text.mp4", "--task", "qr"], 65), (["check", "BROKEN/audio-only.m4a", "--task", "qr"], 65),
        (["check", "x.mp4", "--frame-interval", "0"], 64), (["check", "x.mp4", "--frame-interval", "nan"], 64),
        (["check", "x.mp4", "--frame-interval=-1"], 64), (["check", "x.mp4", "--frame-interval", "1e9"], 64),
        (["check", "x.mp4", "--task", "cats"], 64), (["check", "x.mp4", "--task", "gore_moderation"], 64),
        (["check", "x.mp4", "--policy", "missing.yaml"], 64), (["check", "ftp://example.org/x.mp4"], 64),
        (["check"], 64),
        (["check", "x.mp4", "--task", "qr", "-o", "/missing/out.json"], 74),
        (["sample", "STILL/still.jpg", "-o", "/proc/nothing"], 74),
        (["check", "STILL/still.jpg", "--task", "qr"], 0), (["check", "BROKEN/garbage.ts", "--task", "qr"], 2),
        (["check", "SAMPLE/qr.mp4", "--task", "qr", "--fail-on-ko"], 1),
        (["check", "SAMPLE/qr.mp4", "--task", "qr"], 0),
        (["report", "BROKEN/text.mp4"], 65), (["--version"], 0), (["check", "--help"], 0),
    ]

    @Test(arguments: endings)
    func `every ending has its code, and bad ones one clear sentence`(arguments: [String], code: Int32) throws {
        let places = [
            "BROKEN": Fixtures.folder.path + "/broken", "STILL": Fixtures.folder.path + "/stills",
            "SAMPLE": Fixtures.root.path + "/Samples",
        ]
        let full = arguments.map { argument in
            places.reduce(argument) { $0.hasPrefix($1.key + "/") ? $1.value + $0.dropFirst($1.key.count) : $0 }
        }
        let finished = try run(Fixtures.root.appendingPathComponent(".build/debug/framesift").path, full)
        #expect(finished.status == code, "\(finished.errors)")
        if [64, 65, 74].contains(code) {
            #expect(finished.output.isEmpty && !finished.errors.isEmpty)
            #expect(!finished.errors.contains("Fatal error") && !finished.errors.contains("Error("))
        }
    }

    @Test func `an mp4 that cannot be read from a pipe is refused with what helps`() throws {
        let program = Fixtures.root.appendingPathComponent(".build/debug/framesift").path
        let finished = try run(
            "sh", ["-c", "cat \"$1\" | \"$2\" check - --task qr", "sh", Fixtures.sample("qr.mp4"), program])
        #expect(finished.status == 65 && finished.errors.contains("has to be a file"))
    }

    @Test func `certificate authorities of the environment hold for inputs, too`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let certificate = try Certificate(in: folder)
        let server = try FaultServer([.init(status: 403)], certificate: certificate)
        defer { _ = server.stop() }
        let address = "https://localhost:\(server.port)/a.mp4"
        #expect(try framesift("check", address).errors.contains("not trusted"))
        let trusting = ["CURL_CA_BUNDLE": certificate.path]
        #expect(try framesift("check", address, environment: trusting).errors.contains("(403)"))
    }

    @Test func `an unknown task is answered with the known ones`() throws {
        let errors = try framesift("check", "x.mp4", "--task", "cats").errors
        #expect(errors.contains("cats") && errors.contains("qr_code_moderation"))
    }

    @Test func `without the runtime, nudity is refused with the command that helps, and QR codes are judged`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        // A copy elsewhere: beside it there is no runtime.
        let copy = folder.url.appendingPathComponent("framesift").path
        try FileManager.default.copyItem(
            atPath: Fixtures.root.appendingPathComponent(".build/debug/framesift").path, toPath: copy)
        let alone = ["HOME": folder.url.path, "XDG_DATA_HOME": folder.url.path, "FRAMESIFT_RUNTIME": ""]
        let nudity = try run(copy, ["check", Fixtures.still("still.jpg")], environment: alone)
        #expect(nudity.status == 64 || nudity.status == 69)
        #expect(nudity.errors.contains("scripts/setup"))
        #expect(try run(copy, ["check", Fixtures.still("still.jpg"), "--task", "qr"], environment: alone).status == 0)
    }

    @Test func `interrupted, it writes what it has and ends with 130`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        // A video that never ends: a pipe nobody closes, after the first seconds were written into it.
        let clip = try Data(contentsOf: URL(fileURLWithPath: Fixtures.matrix("h264-open.ts")))
        let process = Process(), pipe = Pipe(), output = Pipe()
        process.executableURL = Fixtures.root.appendingPathComponent(".build/debug/framesift")
        process.arguments = ["check", "-", "--task", "qr", "--format", "json", "--frame-interval", "0.2"]
        (process.standardInput, process.standardOutput) = (pipe, output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        try pipe.fileHandleForWriting.write(contentsOf: clip)
        // The pipe holds less than the clip, so the program is reading and sampling by now.
        process.interrupt()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        let result = try ModerationResult(json: data)
        #expect(result.status == .partial && result.finalDecision != .ok)
    }
}

@Suite struct OtherCommandTests {
    @Test func `sample writes a JPEG a position and a manifest`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let sampled = try framesift("sample", Fixtures.sample("phone.mp4"), "-o", folder.url.path, "--max-side", "320")
        #expect(sampled.status == 0)
        let pictures = (1...5).map { String(format: "%08d.jpg", $0) }
        #expect(try folder.names().symmetricDifference(pictures + ["manifest.json"]) == [])
        let size = try run(
            "ffprobe",
            [
                "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0",
                folder.url.path + "/00000001.jpg",
            ])
        #expect(size.text.trimmingCharacters(in: .whitespacesAndNewlines) == "180,320")
        let manifest =
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: folder.url.appendingPathComponent("manifest.json"))) as? [String: Any]
        let frames = try #require(manifest?["frames"] as? [[String: Any]])
        #expect(frames.map { $0["file"] as? String } == pictures)
    }

    /// Encoders read whole blocks, and so beyond the edges of a picture.
    @Test(arguments: ["51", "50", "49"])
    func `a picture of odd sides gives the same file, whatever was in memory before`(side: String) throws {
        let files = try ["1", "254"].map { filling in
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let finished = try framesift(
                "sample", Fixtures.matrix("h264-open.mp4"), "--max-side", side, "--max-frames", "2", "--quiet", "-o",
                folder.url.path, environment: ["MALLOC_PERTURB_": filling])
            #expect(finished.status == 0, "\(finished.errors)")
            return try Data(contentsOf: folder.url.appending(path: "00000001.jpg"))
        }
        #expect(files[0] == files[1])
    }

    @Test func `providers lists the judge, its packs and its tasks`() throws {
        let text = try framesift("providers").text
        #expect(text.contains("open-nsfw") && text.contains("qr_code_moderation") && text.contains("BSD-2-Clause"))
    }
}
