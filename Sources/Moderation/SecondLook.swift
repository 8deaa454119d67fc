/// A stretch between two samples that should be looked at again.
public struct SecondLook: Hashable, Sendable {
    /// The index of the sample before it.
    public let gap: Int
    /// ms; neither end is part of it.
    public let start, end: Int
    /// What is to be looked for.
    public var categories: Set<Category>
}

/// A look around the first hit of a live segment, due once the sample after it has come.
public struct LiveLook: Hashable, Sendable {
    public let category: Category
    /// The sample before; `nil`: there is none, or a gap lies between.
    public let before: TimelineSample?
    public let hit: TimelineSample

    /// What the pictures of the look say.
    /// - Parameters:
    ///   - dense: Between the sample before and the one after.
    ///   - after: The sample after the hit.
    /// - Returns: With where the hit begins, ms, if it is confirmed.
    public func standing(_ dense: [DenseSample], after: TimelineSample, policy: Policy) -> (Standing, start: Int?) {
        var alone = policy
        (alone.rule, alone.gap, alone.minDuration) = (.any, 0, 0)
        alone.harmful = [category: true]
        let samples = [before, hit, after].compactMap { $0 }.enumerated().map { index, sample in
            TimelineSample(
                index: index, position: sample.position, time: sample.time, judgement: sample.judgement,
                reused: sample.reused, failure: sample.failure)
        }
        let seen = Timeline(samples: samples, dense: dense, end: after.position, asked: [category], policy: alone)
        let standing = seen.samples[before == nil ? 0 : 1].standings[category] ?? .unconfirmed
        return (standing, standing == .confirmed ? seen.segments.last { $0.start <= hit.position }?.start : nil)
    }
}

/// Which looks to take next, until there is nothing more to find or no room left: where a look finds that what it sees goes
/// on beyond its edge, another one follows it.
public struct SecondLookPlan: Sendable {
    private let confirm: Confirmation
    private var taken: Set<Int> = []
    private var room: Int
    private var rounds = 0
    private static let mostRounds = 8

    public init(_ confirm: Confirmation) {
        self.confirm = confirm
        room = confirm.mostPictures
    }

    /// The looks to take now, in order of position; empty when it is over. What they see belongs into the timeline of the
    /// next call.
    public mutating func next(_ timeline: Timeline) -> [SecondLook] {
        guard rounds < Self.mostRounds else { return [] }
        rounds += 1
        let chosen = timeline.secondLooks(besides: taken).filter { look in
            let pictures = confirm.pictures(between: look.start, and: look.end)
            guard pictures > 0, pictures <= room else { return false }
            room -= pictures
            return true
        }
        taken.formUnion(chosen.map(\.gap))
        return chosen.sorted { $0.start < $1.start }
    }
}

extension SecondLook {
    static func wanted(by tracks: [HitRuns]) -> [SecondLook] {
        func looks(_ isMeant: (HitRuns.Run) -> Bool) -> [SecondLook] {
            var found: [Int: SecondLook] = [:]
            for track in tracks {
                for run in track.runs where isMeant(run) {
                    for gap in track.gaps(of: run) + run.continuations {
                        let (start, end) = (track.positions[gap], track.positions[gap + 1])
                        found[gap, default: SecondLook(gap: gap, start: start, end: end, categories: [])]
                            .categories.insert(track.category)
                    }
                }
            }
            return found.values.sorted { $0.gap < $1.gap }
        }
        let all = looks { _ in true }
        let hits = Set(looks { !$0.isDoubtful }.map(\.gap))
        return all.filter { hits.contains($0.gap) } + all.filter { !hits.contains($0.gap) }
    }
}
