/// A stretch between two samples that needs a second look.
public struct SecondLook: Hashable, Sendable {
    /// The index of the sample before it.
    public let gap: Int
    /// In ms; both exclusive.
    public let start, end: Int
    /// The categories to look for.
    public var categories: Set<ContentCategory>
}

/// A second look around the first hit of a live segment. It can be taken once the sample after the hit has arrived.
public struct LiveLook: Hashable, Sendable {
    /// The category to look for.
    public let category: ContentCategory
    /// The sample before the hit; `nil` if there is none, or a gap lies in between.
    public let before: TimelineSample?
    /// The first hit.
    public let hit: TimelineSample

    /// Decides on the hit.
    /// - Parameters:
    ///   - dense: The pictures between the sample before the hit and the one after it.
    ///   - after: The sample after the hit.
    ///   - policy: The policy with the settings for second looks.
    /// - Returns: The outcome, and the start of the hit in ms if it is confirmed.
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

/// Plans the second looks at a video in rounds. If a look finds an event that extends beyond it, the next round continues
/// there, until the maximum number of pictures is reached.
public struct SecondLookPlan: Sendable {
    private let confirm: Confirmation
    private var taken: Set<Int> = []
    private var room: Int
    private var rounds = 0
    private static let maxRounds = 8

    /// Starts with the first round.
    public init(_ confirm: Confirmation) { (self.confirm, room) = (confirm, confirm.maxPictures) }

    /// Returns the looks of the next round.
    /// - Parameter timeline: Includes the pictures of all previous rounds.
    /// - Returns: In order of position; empty if no more looks are needed.
    public mutating func next(_ timeline: Timeline) -> [SecondLook] {
        guard rounds < Self.maxRounds else { return [] }
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
