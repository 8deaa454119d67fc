/// Simulates a policy on many synthetic videos with a judge of known error rates.
///
/// Each picture is judged at random: a clean picture is a hit with probability `falsePositives`, a picture of the event with
/// probability `recall`. Pictures within the same `burst` share their errors, since judges tend to err on whole scenes.
public struct PolicyTrial: Sendable {
    /// The probability (0…1) that a clean picture is a hit, and that a picture of the event is. Defaults 0.06 and 0.9.
    public var falsePositives = 0.06, recall = 0.9
    /// The duration of a video and of its event, and the time between samples, in ms. Defaults 60 s, 3 s and 1 s.
    public var length = 60_000, event = 3000, interval = 1000
    /// The duration of a scene with shared errors, in ms. Default 0: errors are independent.
    public var burst = 0
    /// The number of videos with an event, and of videos without. Default 10,000 each.
    public var videos = 10_000
    /// The seed of the random numbers. Equal seeds give equal results.
    public var seed: UInt64 = 1

    /// The default settings.
    public init() {}

    /// The results of a simulation. Rates are 0…1.
    public struct Outcome: Hashable, Sendable {
        /// The rate of clean videos that are KO.
        public var falseAlarms: Double
        /// The rate of videos with an event that are not KO, or have no segment that overlaps the event.
        public var misses: Double
        /// The median and the 95th percentile of the distance between the boundaries of segment and event, in ms.
        public var boundaryMedian, boundary95: Int
        /// The mean number of pictures judged in a clean video, including second looks.
        public var pictures: Double
    }

    /// Runs the simulation.
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

    /// A synthetic video. Judging a picture again gives the same result.
    private struct Video {
        private static let category = ContentCategory.nudityExplicit
        private let trial: PolicyTrial
        private let event: Range<Int>?
        private var generator: SplitMix64
        /// Random numbers by scene.
        private var known: [Int: Double] = [:]
        private(set) var judged = 0

        init(_ trial: PolicyTrial, event: Range<Int>?, _ generator: inout SplitMix64) {
            (self.trial, self.event) = (trial, event)
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
            // Pictures of a scene share a random number if all show the event, or all are clean.
            let scene = trial.burst > 0 ? position / trial.burst * 2 + (shows ? 1 : 0) : position
            let luck = known[scene] ?? Double.random(in: 0..<1, using: &generator)
            known[scene] = luck
            let chance = shows ? trial.recall : trial.falsePositives
            // Hits are spread evenly from 0.5 to 1, and the rest from 0 to 0.5.
            let probability = luck < chance ? 1 - luck / chance / 2 : (1 - luck) / (1 - chance) / 2
            return Judgement(probabilities: [Self.category: probability])
        }
    }
}

/// A small seeded generator. Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014.
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
