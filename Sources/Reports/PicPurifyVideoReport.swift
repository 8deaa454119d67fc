import Base
import Foundation
import Moderation
import Wire

/// PicPurify's response to `analyse_video`.
enum PicPurifyVideoReport {
    static func render(_ result: ModerationResult) throws -> String {
        String(decoding: try WireJSON.encode(PicPurifyVideoAnswer(result), isPretty: true), as: UTF8.self) + "\n"
    }
}

extension PicPurifyVideoAnswer {
    /// Converts a result. Tasks get PicPurify's names if it has them.
    public init(_ result: ModerationResult) {
        let isAddress = result.media.uri.contains("://")
        let file = result.media.uri.split(separator: "/").last.map(String.init) ?? result.media.uri
        var media = PicPurifyMedia(
            mediaID: result.media.id, referenceID: result.media.referenceID, originID: result.media.originID)
        (media.urlVideo, media.fileVideo) = (isAddress ? result.media.uri : "", isAddress ? "" : file)
        self.init(media: media)
        let tasks = result.picPurifyTasks
        images = result.frames.enumerated().map { index, frame in
            PicPurifyImageAnswer(frame, number: index + 1, tasks: tasks, of: result)
        }
        let decides = tasks.contains { !PicPurifyTask.isDetection($0.name) }
        taskCall = tasks.map(\.name).joined(separator: ",")
        (nbImages, nbImagesOK, nbImagesKO) = (result.nbImages, result.nbImagesOk, result.nbImagesKo)
        finalDecision = decides ? result.finalDecision.rawValue : nil
        confidenceScoreDecision = decides ? result.confidenceScoreDecision.map(confidence) : nil
        totalComputeTime = result.totalComputeTime
    }
}

extension PicPurifyImageAnswer {
    fileprivate init(_ frame: ModerationResult.Frame, number: Int, tasks: [ModerationTask], of result: ModerationResult)
    {
        // Derived from the video's id and the frame's number: 32 digits as in PicPurify's ids, and reproducible.
        let suffix = String(number, radix: 16)
        var media = PicPurifyMedia(
            mediaID: String(result.media.id.prefix(32 - suffix.count)) + suffix,
            referenceID: result.media.referenceID, originID: result.media.originID)
        (media.urlImage, media.fileImage) = ("", String(format: "%08d.jpg", number))
        let isTurned = result.media.rotation % 180 != 0
        // Pictures are judged concurrently, so this is the mean.
        let time = result.timing.judge / Double(max(1, result.cost.requests))
        self.init(
            frame.judgement, tasks: tasks, width: isTurned ? result.media.height : result.media.width,
            height: isTurned ? result.media.width : result.media.height, computeTime: time, media: media)
        (unitsAsked, unitsConsumed) = (nil, nil)
        decide(
            frame.decision, confidence: frame.confidence,
            rejected: Set(frame.rejectCriteria.map(ContentCategory.init(rawValue:))), tasks: tasks)
        if frame.error != nil {
            status = "failure"
            performed = []
        }
    }
}

/// Five decimals and at least 0.5, because it is the confidence in the stated decision.
private func confidence(_ value: Double) -> Double { max(value, 0.5).rounded(decimals: 5) }

extension ModerationResult {
    /// Its tasks, with PicPurify's names if it has them.
    fileprivate var picPurifyTasks: [ModerationTask] {
        moderationTasks.map { task in
            if PicPurifyTask.categories[task.name] != nil { return task }
            let own = PicPurifyTask.categories.first { $0.value == task.categories }?.key
            return ModerationTask(name: own ?? task.name, categories: task.categories)
        }
    }

    /// The requested tasks, in order.
    var moderationTasks: [ModerationTask] {
        taskCall.split(separator: ",").map(String.init).map { name in
            ModerationTask(
                name: name, categories: (tasks[name] ?? [name]).map(ContentCategory.init(rawValue:)))
        }
    }
}

extension ModerationResult.Frame {
    /// The judgement that the frame was made from.
    var judgement: Judgement {
        Judgement(scores: scores, findings: details ?? Findings())
    }
}
