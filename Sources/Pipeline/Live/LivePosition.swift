import FrameSampling
import Moderation

/// A position of a stream, on its way through the judging queue.
struct LivePosition: Sendable {
    /// 0, 1, 2 …
    let index: Int
    /// ms on the stream's timeline.
    let position: Int
    /// `nil` where a service samples the stream itself.
    let time: MediaTime?
    let continuity: Int
    /// When its picture was received; `nil` where a service received it.
    let receivedAt: Duration?
    let reused: Bool
    /// What has to be told before it, once everything before it was.
    let before: Preceding?

    struct Preceding: Sendable {
        let actions: [StreamSupervisor.Action]
        /// The timeline was interrupted here, ms.
        let interruption: Int?
    }
}

extension JudgingQueue<LivePosition> {
    /// Positions that are held at most.
    static var liveCapacity: Int { 64 }

    /// - Parameters:
    ///   - asked: What to look for.
    ///   - maxLag: A sample that waited longer, since it was due, is given up.
    func add(_ sample: LiveSample, as ticket: LivePosition, for asked: Set<Category>, maxLag: Duration) {
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
