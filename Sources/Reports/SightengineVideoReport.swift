import Moderation
import Wire

extension ResultDocument {
    /// The frames of Sightengine's video answers: each judged position with the results of the models asked for.
    /// Positions nobody could judge have none.
    /// - Parameters:
    ///   - media: The media's id, from which the frames' are made.
    ///   - tasks: Sightengine's models.
    public func sightengineFrames(media: String, tasks: [ModerationTask]) -> [SightengineFrame] {
        frames.enumerated().map { index, frame in
            SightengineFrame(
                info: .init(id: "\(media)_\(index + 1)", position: frame.info.position),
                results: SightengineResults(frame.judgement, tasks: tasks))
        }
    }
}
