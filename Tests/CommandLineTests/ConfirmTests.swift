import Foundation
import Moderation
import Reports
import TestSupport
import Testing

/// Second looks at files, with the judge on this machine. The truth is what `scripts/make-samples` draws.
@Suite struct ConfirmTests {
    private func check(_ arguments: String..., input: FileHandle? = nil) throws -> Finished {
        try run(ServerProgram.path, ["check", "--task", "qr", "--quiet", "--format", "json"] + arguments, input: input)
    }

    private func result(_ arguments: String...) throws -> ModerationResult {
        let finished = try run(
            ServerProgram.path, ["check", "--task", "qr", "--quiet", "--format", "json"] + arguments)
        return try ModerationResult(json: finished.output)
    }

    /// When the code is on screen, s: until the picture after the last one that has it. At 25 pictures a second the last
    /// one before 9.5 s begins at 9.48 s.
    @Test(
        "segments begin and end within 0.1 s of the truth",
        arguments: [("qr.mp4", 6.0, 9.52), ("phone.mp4", 2, 4), ("slideshow.mp4", 2.5, 5.5)])
    func boundaries(clip: String, start: Double, end: Double) throws {
        let result = try result(Fixtures.sample(clip), "--confirm")
        let segment = try #require(result.segments.first)
        #expect(result.segments.count == 1 && segment.standing == .confirmed)
        #expect(abs(Double(segment.start) / 1000 - start) <= 0.1, "\(segment.start)")
        #expect(abs(Double(segment.end) / 1000 - end) <= 0.1, "\(segment.end)")
        // Only around the hits: up to the second sample beside them; and counted.
        let looks = try #require(result.confirmation)
        #expect(looks.frames.allSatisfy { (start - 2...end + 2).contains(Double($0.position) / 1000) })
        #expect(
            looks.nbImages == looks.frames.count
                && result.cost.requests + result.cost.reused == result.nbImages + looks.nbImages)
    }

    @Test func `looking again changes no sample and no count, only where segments begin and end`() throws {
        let once = try result(Fixtures.sample("qr.mp4"))
        let twice = try result(Fixtures.sample("qr.mp4"), "--confirm")
        #expect(once.frames.map(\.scores) == twice.frames.map(\.scores))
        #expect((once.nbImagesOk, once.nbImagesKo) == (twice.nbImagesOk, twice.nbImagesKo))
        #expect(once.confirmation == nil && once.segments.first?.standing == nil)
    }

    @Test func `five slides are judged five times, however often they are looked at`() throws {
        let result = try result(Fixtures.sample("slideshow.mp4"), "--confirm")
        #expect(result.cost.requests == 5 && result.confirmation.map { $0.nbImages > 40 } == true)
    }

    /// `flash.mp4` shows its code in one picture of 0.04 s, at 2 s.
    @Test func `a code in a single picture is a hit, which the pictures around it refute`() throws {
        let clip = Fixtures.folder.path + "/live/flash.mp4"
        let once = try result(clip)
        #expect(once.finalDecision == .ko && once.nbImagesKo == 1)
        let twice = try result(clip, "--confirm")
        #expect(twice.finalDecision == .ok && twice.nbImagesKo == 0 && twice.segments.isEmpty)
        let dismissed = try #require(twice.dismissed?.first)
        #expect(dismissed.standing == .refuted && dismissed.start == 2000)
        #expect(twice.frames[2].info.position == 2000 && twice.frames[2].hits == ["qr": .refuted])
    }

    @Test func `standard input can be read once, so it is refused, and a file is not`() throws {
        let path = Fixtures.matrix("h264-open.ts")
        let refused = try check("-", "--confirm", input: FileHandle(forReadingAtPath: path))
        #expect(refused.status == 64 && refused.errors.contains("once") && refused.output.isEmpty)
        #expect(try check(path, "--confirm").status == 0)
    }

    @Test func `a service that samples by itself cannot confirm, so it is refused`() throws {
        let service = ["--provider", "sightengine", "--mode", "native", "--task", "nudity", "--confirm"]
        for input in [["check", Fixtures.sample("qr.mp4")], ["watch", "rtmp://127.0.0.1:1/live/x"]] {
            let refused = try run(
                ServerProgram.path, input + service,
                environment: [
                    "SIGHTENGINE_URL": "http://127.0.0.1:1", "SIGHTENGINE_API_USER": "u", "SIGHTENGINE_API_SECRET": "s",
                ])
            #expect(refused.status == 64 && refused.errors.contains("looks once"), "\(refused.errors)")
        }
    }

    @Test func `an interval no finer than the samples' is refused`() throws {
        let refused = try check(Fixtures.sample("qr.mp4"), "--confirm", "--frame-interval", "0.1")
        #expect(refused.status == 64 && refused.errors.contains("--frame-interval"))
    }
}
