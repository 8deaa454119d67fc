// Finds where a video is bright, with a judge of its own: `embed VIDEO`.
import Foundation
import FrameSampling
import Moderation
import Pipeline

// Before anything else: videos are decoded in processes that are forked from what this one is now.
DecoderSandbox.start()

let bright = ContentCategory(rawValue: "bright")

/// Says how bright a picture is on average: 0 black, 1 white.
struct BrightnessJudge: ImageJudge {
    let identity = JudgeIdentity(name: "brightness", version: "1")
    let categories: Set<ContentCategory> = [bright]
    let concurrency = 2
    let longestSide: Int? = 64

    func judge(_ still: any Picture, for categories: Set<ContentCategory>) async throws -> Judgement {
        let luma = try still.pixels(.gray, width: 64, height: 64)
        let mean = luma.reduce(0.0) { $0 + Double($1) } / Double(luma.count)
        return Judgement(probabilities: [bright: mean / 255])
    }
}

guard CommandLine.arguments.count == 2 else {
    FileHandle.standardError.write(Data("usage: embed VIDEO\n".utf8))
    exit(64)
}
let check = Check(
    input: VideoInput(CommandLine.arguments[1]), judge: BrightnessJudge(),
    request: ModerationRequest(
        [ModerationTask(name: "bright", categories: [bright])], policy: Policy(threshold: 0.6),
        interval: .milliseconds(500)))
do {
    let result = try await check.run()
    print(result.timeline.decision.rawValue)
    for segment in result.timeline.segments {
        print("\(segment.category): \(segment.start) ms to \(segment.end) ms")
    }
} catch {
    FileHandle.standardError.write(Data("embed: \(error)\n".utf8))
    exit(65)
}
