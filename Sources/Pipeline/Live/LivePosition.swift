import FrameSampling
import Moderation

/// A position of a live stream in the judging queue.
struct LivePosition: Sendable {
    /// 0, 1, 2 …
    let index: Int
    /// In ms on the stream's timeline.
    let position: Int
    /// `nil` if a service samples the stream.
    let time: MediaTime?
    let continuity: Int
    /// When its picture was received; `nil` if a service received it.
    let receivedAt: Duration?
    let reused: Bool
    /// What to do right before this position is decided.
    let before: Preceding?

    struct Preceding: Sendable {
        let actions: [StreamSupervisor.Action]
        /// Where the timeline was interrupted, in ms.
        let interruption: Int?
    }
}

extension JudgingQueue<LivePosition> {
    /// The most positions in the queue.
    static var liveCapacity: Int { 64 }

    /// Adds a sample.
    /// - Parameters:
    ///   - asked: The categories to judge for.
    ///   - maxLag: Samples that have waited longer since they were due are given up.
    func add(_ sample: LiveSample, as ticket: LivePosition, for asked: Set<ContentCategory>, maxLag: Duration) {
        let order = ticket.index
        if sample.dropped {
            add(.dropped, ticket, order: order)
        } else if sample.reused {
            add(.repeated, ticket, order: order)
        } else if sample.waited > maxLag {
            add(.dropped, ticket, order: order)
        } else if let picture = sample.picture, !sample.damaged {
            judge(picture, for: asked, ticket, order: order)
        } else {
            add(.undecodable, ticket, order: order)
        }
    }
}
