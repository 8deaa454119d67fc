/// What policies make of a judge whose errors are known: false alarms, misses and boundaries over many made-up videos.
///
/// Every picture is judged by chance: what shows nothing is a hit with `falsePositives`, what shows the event with `recall`.
/// Errors of pictures less than `burst` apart are one error, since a judge that errs on a scene errs on all of it.
public struct PolicyTrial: Sendable {
    /// Chance (0…1) that a clean picture is a hit, and that one of the event is.
    public var falsePositives = 0.06, recall = 0.9
    /// ms: of a video, of the event in it, and between samples.
    public var length = 60_000, event = 3000, interval = 1000
    /// ms; 0: each picture errs by itself.
    public var burst = 0
    /// Videos with an event, and as many without.
    public var videos = 10_000
    public var seed: UInt64 = 1

    public init() {}

    /// Shares are 0…1.
    public struct Outcome: Hashable, Sendable {
        /// Of clean videos, those that are KO.
        public var falseAlarms: Double
        /// Of videos with an event, those without a segment on it, or not KO.
        public var misses: Double
        /// ms: how far the found segment's start and end are from the event's. Half, and 95 of 100, are as near.
        public var boundaryMedian, boundary95: Int
        /// Pictures judged in a clean video, those of second looks included: the mean.
        public var pictures: Double
    }

    public func run(_ policy: Policy) -> Outcome {
        var generator = SplitMix64(state: seed)
        var alarms = 0
        var found = 0
        var pictures = 0
        var distances: [Int] = []
        for _ in 0..<videos {
            var clean = Video(self, event: nil, &generator)
            let timeline = clean.moderate(policy)
            if timeline.decision == .ko { alarms += 1 }
            pictures += clean.judged
            let start = Int.random(in: 0...max(0, length - event), using: &generator)
            var video = Video(self, event: start..<start + event, &generator)
            let seen = video.moderate(policy)
            let hit = seen.segments.first { $0.start < start + event && $0.end > start }
            guard let hit, seen.decision == .ko else { continue }
            found += 1
            distances += [abs(hit.start - start), abs(hit.end - start - event)]
        }
        distances.sort()
        func quantile(_ share: Double) -> Int {
            distances.isEmpty ? 0 : distances[min(distances.count - 1, Int(share * Double(distances.count)))]
        }
        let count = Double(max(1, videos))
        return Outcome(
            falseAlarms: Double(alarms) / count, misses: 1 - Double(found) / count, boundaryMedian: quantile(0.5),
            boundary95: quantile(0.95), pictures: Double(pictures) / count)
    }

    /// One made-up video. A picture that was judged keeps its judgement.
    private struct Video {
        private static let category = Category.nudityExplicit
        private let trial: PolicyTrial
        private let event: Range<Int>?
        private var generator: SplitMix64
        /// By scene.
        private var known: [Int: Double] = [:]
        private(set) var judged = 0

        init(_ trial: PolicyTrial, event: Range<Int>?, _ generator: inout SplitMix64) {
            self.trial = trial
            self.event = event
            self.generator = SplitMix64(state: generator.next())
        }

        mutating func moderate(_ policy: Policy) -> Timeline {
            let asked: Set = [Self.category]
            let samples = stride(from: 0, to: trial.length, by: trial.interval).enumerated().map { index, position in
                let judgement = judge(position)
                return TimelineSample(
                    index: index, position: position, time: nil, judgement: judgement, reused: false, failure: nil)
            }
            var timeline = Timeline(samples: samples, end: trial.length, asked: asked, policy: policy)
            guard let confirm = policy.confirm else { return timeline }
            var plan = SecondLookPlan(confirm)
            while case let looks = plan.next(timeline), !looks.isEmpty {
                let seen = looks.flatMap { look in
                    stride(from: look.start + confirm.interval, to: look.end, by: confirm.interval).map { position in
                        DenseSample(position: position, time: nil, judgement: judge(position))
                    }
                }
                timeline = timeline.seeing(seen)
            }
            return timeline
        }

        private mutating func judge(_ position: Int) -> Judgement {
            judged += 1
            let shows = event?.contains(position) ?? false
            // Pictures of one scene, and all showing the same, share their luck.
            let scene = trial.burst > 0 ? position / trial.burst * 2 + (shows ? 1 : 0) : position
            let luck = known[scene] ?? Double.random(in: 0..<1, using: &generator)
            known[scene] = luck
            let chance = shows ? trial.recall : trial.falsePositives
            // The lucky part of the line is above one half, evenly spread; the rest is below it.
            let probability = luck < chance ? 1 - luck / chance / 2 : (1 - luck) / (1 - chance) / 2
            return Judgement(probabilities: [Self.category: probability])
        }
    }
}

/// A small generator whose numbers depend on its seed alone. Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", 2014.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
