import Base
import Foundation
import Moderation
import Wire

/// The response of Sightengine's synchronous video endpoint.
enum SightengineVideoReport {
    static func render(_ result: ModerationResult) throws -> String {
        let tasks = result.tasks.sorted { $0.key < $1.key }.map { name, categories in
            ModerationTask(name: name, categories: categories.map { ContentCategory(rawValue: $0) })
        }.inSightengineWords
        let media = SightengineMedia(id: "med_" + result.media.id, uri: result.media.uri)
        let operations = SightengineModel.operations(tasks) * result.nbImages
        let time = Date().timeIntervalSince1970.rounded(decimals: 4)
        let answer = SightengineVideoAnswer(
            request: SightengineRequest(id: "req_" + result.media.id, timestamp: time, operations: operations),
            media: media, frames: result.sightengineFrames(media: media.id, tasks: tasks))
        return String(decoding: try WireJSON.encode(answer), as: UTF8.self) + "\n"
    }
}

extension [ModerationTask] {
    /// The tasks as Sightengine's models: unchanged if they are such, otherwise the models that judge the categories.
    var inSightengineWords: [ModerationTask] {
        if allSatisfy({ SightengineModel.decided[$0.name] != nil }) { return self }
        let asked = categories
        return SightengineModel.decided.filter { !asked.isDisjoint(with: $0.value) }
            .map { ModerationTask(name: $0.key, categories: $0.value) }.sorted { $0.name < $1.name }
    }
}

extension ModerationResult {
    /// Converts the frames to those of Sightengine's video responses. Frames that could not be judged have no results.
    /// - Parameters:
    ///   - media: The id of the medium, which the frames' ids start with.
    ///   - tasks: Sightengine's models.
    public func sightengineFrames(media: String, tasks: [ModerationTask]) -> [SightengineFrame] {
        let isOneStream = judgedStreams.count < 2
        return frames.enumerated().map { index, frame in
            SightengineFrame(
                info: .init(
                    id: "\(media)_\(index + 1)", position: frame.info.position,
                    stream: isOneStream ? nil : frame.info.stream),
                results: SightengineResults(frame.judgement, tasks: tasks))
        }
    }
}
