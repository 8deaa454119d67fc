/// A stretch between two samples that should be looked at again.
public struct SecondLook: Hashable, Sendable {
    /// The index of the sample before it.
    public let gap: Int
    /// ms; neither end is part of it.
    public let start, end: Int
    /// What is to be looked for.
    public var categories: Set<Category>
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
    static func wanted(by tracks: [CategoryTrack]) -> [SecondLook] {
        func looks(_ isMeant: (CategoryTrack.Run) -> Bool) -> [SecondLook] {
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
