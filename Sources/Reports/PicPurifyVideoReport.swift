import Foundation
import Moderation

/// PicPurify's answer to `analyse_video`: field names, spelling and rounding as in its API documentation, and `status`,
/// which its own client needs.
enum PicPurifyVideoReport {
    static func render(_ result: ResultDocument) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(VideoAnswer(result)), as: UTF8.self) + "\n"
    }
}

/// PicPurify knows tasks under its own names; whatever was asked is told in them.
private struct TaskName {
    static func all(of result: ResultDocument) -> [(name: String, categories: [String])] {
        result.taskCall.split(separator: ",").map(String.init).map { name in
            let categories = result.tasks[name] ?? [name]
            let own = ModerationTask.picPurifyTasks.first { $0.value.map(\.rawValue) == categories }?.key
            return (ModerationTask.picPurifyTasks[name] != nil ? name : own ?? name, categories)
        }
    }
}

private struct VideoAnswer: Encodable {
    let status: String
    let task_call: String
    let nb_images, nb_images_ok, nb_images_ko: Int
    let final_decision: String?
    let confidence_score_decision: Double?
    let total_compute_time: Double
    let media: Media
    let images_results: [ImageAnswer]

    struct Media: Encodable {
        let url_video: String
        let file_video: String
        let media_id: String
        let reference_id: String?
        let origin_id: String?
    }

    init(_ result: ResultDocument) {
        let tasks = TaskName.all(of: result)
        let decides = tasks.contains { $0.name.hasSuffix("_moderation") || !$0.name.hasSuffix("_detection") }
        let isAddress = result.media.uri.contains("://")
        status = "success"
        task_call = tasks.map(\.name).joined(separator: ",")
        (nb_images, nb_images_ok, nb_images_ko) = (result.nbImages, result.nbImagesOk, result.nbImagesKo)
        final_decision = decides ? result.finalDecision.rawValue : nil
        confidence_score_decision = decides ? result.confidenceScoreDecision.map(confidence) : nil
        total_compute_time = result.totalComputeTime
        let file = result.media.uri.split(separator: "/").last.map(String.init) ?? result.media.uri
        media = Media(
            url_video: isAddress ? result.media.uri : "", file_video: isAddress ? "" : file, media_id: result.media.id,
            reference_id: result.media.referenceId, origin_id: result.media.originId)
        images_results = result.frames.enumerated().map { index, frame in
            ImageAnswer(frame, number: index + 1, tasks: tasks, decides: decides, result: result)
        }
    }
}

/// Five decimals, and never below one half: a confidence is that of the stated decision.
private func confidence(_ value: Double) -> Double { (max(value, 0.5) * 1e5).rounded() / 1e5 }

private struct ImageAnswer: Encodable {
    private let frame: ResultDocument.Frame
    private let number: Int
    private let tasks: [(name: String, categories: [String])]
    private let decides: Bool
    private let result: ResultDocument

    init(
        _ frame: ResultDocument.Frame, number: Int, tasks: [(name: String, categories: [String])], decides: Bool,
        result: ResultDocument
    ) {
        self.frame = frame
        self.number = number
        self.tasks = tasks
        self.decides = decides
        self.result = result
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private struct Media: Encodable {
        let url_image: String
        let file_image: String
        let media_id: String
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        let names = tasks.map(\.name)
        let rejected = tasks.filter { !Set($0.categories).isDisjoint(with: frame.rejectCriteria) }.map(\.name)
        try fields.encode(frame.error == nil ? "success" : "failure", forKey: Key("status"))
        for task in tasks where task.name.hasSuffix("_moderation") { try encodeTask(task, into: &fields) }
        if decides {
            try fields.encode(frame.decision.rawValue, forKey: Key("final_decision"))
            try fields.encodeIfPresent(frame.confidence.map(confidence), forKey: Key("confidence_score_decision"))
        }
        try fields.encode(names.joined(separator: ","), forKey: Key("task_call"))
        try fields.encode(rejected, forKey: Key("reject_criteria"))
        try fields.encode(frame.error == nil ? names : [], forKey: Key("performed"))
        try fields.encode(names, forKey: Key("sub_calls"))
        // A frame's id is the video's and its number: 32 digits like PicPurify's, and the same every time.
        let suffix = String(number, radix: 16)
        let id = String(result.media.id.prefix(32 - suffix.count)) + suffix
        try fields.encode(
            Media(url_image: "", file_image: String(format: "%08d.jpg", number), media_id: id), forKey: Key("media"))
        try fields.encode(computeTime, forKey: Key("total_compute_time"))
    }

    /// Seconds a picture, the mean: pictures are judged side by side.
    private var computeTime: Double { result.timing.judge / Double(max(1, result.cost.requests)) }

    private func encodeTask(
        _ task: (name: String, categories: [String]), into fields: inout KeyedEncodingContainer<Key>
    ) throws {
        guard let probability = task.categories.compactMap({ frame.scores[$0] }).max() else { return }
        let subject = task.name.dropLast("_moderation".count)
        // A tie counts as present.
        let present = probability >= 0.5
        var answer = fields.nestedContainer(keyedBy: Key.self, forKey: Key(task.name))
        try answer.encode(present, forKey: Key("\(subject)_content"))
        try answer.encode(confidence(max(probability, 1 - probability)), forKey: Key("confidence_score"))
        try answer.encode(computeTime, forKey: Key("compute_time"))
    }
}
