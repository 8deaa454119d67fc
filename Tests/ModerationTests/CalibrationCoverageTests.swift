import Foundation
import Moderation
import Testing

/// Marsaglia: "Xorshift RNGs", 2003.
private struct Xorshift: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0xD134_2543_DE82_EF95 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// A judge whose true precision and recall at a threshold are known.
///
/// A share of the cases shows the category. The score of those is below t with probability tᵃ, and the score of the others
/// above t with probability (1 - t)ᵇ. With a = b = 1 the scores say nothing.
private struct KnownJudge {
    var prevalence = 0.3, a = 4.0, b = 3.0
    /// The share of cases that people label wrongly.
    var mislabeled = 0.0
    /// Cases with lower scores are looked at with this probability, and stand for the others.
    var sampledBelow = 0.0, rate = 1.0

    func precision(_ t: Double) -> Double {
        let (right, wrong) = (prevalence * (1 - pow(t, a)), (1 - prevalence) * pow(1 - t, b))
        return right / (right + wrong)
    }

    func recall(_ t: Double) -> Double { 1 - pow(t, a) }

    /// - Parameter cases: How many are judged. Fewer are looked at if there is a rate.
    func decisions(_ cases: Int, policy: Policy = Policy(), seed: UInt64) throws -> CategoryCalibration {
        var generator = Xorshift(seed: seed)
        func luck() -> Double { Double.random(in: 0..<1, using: &generator) }
        var calibration = Calibration(policy: policy)
        for index in 0..<cases {
            let shows = luck() < prevalence
            let score = shows ? pow(luck(), 1 / a) : 1 - pow(luck(), 1 / b)
            let isWrong = luck() < mislabeled
            let isSampled = score < sampledBelow
            if isSampled, luck() >= rate { continue }
            try calibration.add(
                HumanDecision(
                    caseID: "case_\(seed)_\(index)", scores: [.gore: score], present: shows != isWrong ? [.gore] : [],
                    weight: isSampled ? 1 / rate : 1))
        }
        return calibration[.gore]
    }
}

/// How often a 95 % interval holds the true value.
private struct Coverage {
    var runs = 0, held = 0

    /// Of 100 intervals that hold 95 times of 100, fewer than 89 hold once in 200 times.
    var isFair: Bool { runs == 100 && held >= 89 }

    mutating func count(_ rate: WeightedProportion, _ truth: Double) {
        runs += 1
        if rate.interval?.contains(truth) == true { held += 1 }
    }
}

/// The threshold as one would choose it without thinking: from the same data that its precision is then read from.
private func naiveProposal(_ seen: CategoryCalibration, precision: Double) -> CategoryCalibration.OperatingPoint? {
    seen.curve.last { point in
        guard let share = point.precision.share, let interval = point.precision.interval else { return false }
        let width = interval.upperBound - interval.lowerBound
        return share >= precision && width <= CategoryCalibration.widestInterval
    }
}

@Suite struct CalibrationCoverageTests {
    @Test func `in 94 of 100 runs or more, the interval at the proposed threshold holds the true precision`() throws {
        let judge = KnownJudge()
        var precision = Coverage(), recall = Coverage()
        for seed in 1...100 as ClosedRange<UInt64> {
            let found = try judge.decisions(10_000, seed: seed).proposal(precision: 0.95)
            precision.count(found.heldOut.precision, judge.precision(found.threshold))
            recall.count(found.heldOut.recall, judge.recall(found.threshold))
            // The threshold that is meant is 0.751.
            #expect(abs(judge.precision(found.threshold) - 0.95) < 0.03, "seed \(seed): \(found.threshold)")
        }
        #expect(precision.runs == 100 && precision.held >= 94, "\(precision)")
        #expect(recall.isFair, "\(recall)")
    }

    @Test func `so it does if what was OK is only sampled`() throws {
        let judge = KnownJudge(sampledBelow: 0.7, rate: 0.1)
        let policy = Policy(threshold: 0.8)
        var proposed = Coverage(), present = Coverage(), recall = Coverage()
        for seed in 1...100 as ClosedRange<UInt64> {
            let seen = try judge.decisions(40_000, policy: policy, seed: seed)
            let found = try seen.proposal(precision: 0.88)
            // There cases of both weights are hits.
            #expect(found.threshold < 0.7)
            proposed.count(found.heldOut.precision, judge.precision(found.threshold))
            present.count(seen.current.precision, judge.precision(0.8))
            recall.count(seen.current.recall, judge.recall(0.8))
        }
        #expect(proposed.runs == 100 && proposed.held >= 94, "\(proposed)")
        #expect(present.isFair && recall.isFair, "\(present), recall \(recall)")
    }

    /// Where every threshold has the same precision, a higher one is found by luck alone.
    @Test func `it holds where scores say nothing, and an interval from the same data does not`() throws {
        let judge = KnownJudge(prevalence: 0.5, a: 1, b: 1)
        var split = Coverage(), naive = Coverage()
        for seed in 1...1000 as ClosedRange<UInt64> {
            let seen = try judge.decisions(2000, seed: seed)
            if let found = try? seen.proposal(precision: 0.58) { split.count(found.heldOut.precision, 0.5) }
            if let found = naiveProposal(seen, precision: 0.58) { naive.count(found.precision, 0.5) }
        }
        #expect(split.runs >= 50 && Double(split.held) >= 0.92 * Double(split.runs), "\(split)")
        #expect(naive.runs >= 50 && Double(naive.held) < 0.7 * Double(naive.runs), "\(naive)")
    }

    @Test func `it does not hold if people label wrongly`() throws {
        let judge = KnownJudge(mislabeled: 0.02)
        var precision = Coverage()
        for seed in 1...100 as ClosedRange<UInt64> {
            let found = try judge.decisions(10_000, seed: seed).proposal(precision: 0.93)
            precision.count(found.heldOut.precision, judge.precision(found.threshold))
        }
        #expect(precision.held < 50, "\(precision)")
    }
}

@Suite struct CalibrationProposalTests {
    private func seen(_ cases: [(score: Double, isPresent: Bool)], threshold: Double = 0.5) throws
        -> CategoryCalibration
    {
        var calibration = Calibration(policy: Policy(threshold: threshold))
        for (index, one) in cases.enumerated() {
            try calibration.add(
                HumanDecision(
                    caseID: "\(index)", scores: [.gore: one.score], present: one.isPresent ? [.gore] : []))
        }
        return calibration[.gore]
    }

    private func repeated(_ count: Int, _ score: Double, _ isPresent: Bool) -> [(score: Double, isPresent: Bool)] {
        Array(repeating: (score, isPresent), count: count)
    }

    @Test func `the lowest threshold is proposed, a round number where several give the same rates`() throws {
        // From 0.2: 600 of 900; from 0.4: 600 of 700; from 0.6: 500 of 500.
        let cases =
            repeated(200, 0.2, false) + repeated(100, 0.4, true) + repeated(100, 0.4, false) + repeated(500, 0.6, true)
        let seen = try seen(cases)
        #expect(try seen.proposal(precision: 0.5).threshold == 0.1)
        #expect(try seen.proposal(precision: 0.8).threshold == 0.3)
        #expect(try seen.proposal(precision: 0.95).threshold == 0.5)
        #expect(try seen.proposal(precision: 0.95).heldOut.precision.share == 1)
    }

    @Test func `what a proposal changes is what lies between the thresholds, right and wrong`() throws {
        let cases =
            repeated(200, 0.2, false) + repeated(100, 0.4, true) + repeated(90, 0.4, false) + repeated(500, 0.6, true)
        let raised = try seen(cases, threshold: 0.1).proposal(precision: 0.95)
        #expect(raised.dropped.right.cases == 290 && raised.dropped.wrong.cases == 100)
        #expect(raised.added.all.cases == 0)
        let lowered = try seen(cases, threshold: 0.55).proposal(precision: 0.8)
        #expect(lowered.added.right.cases == 100 && lowered.added.wrong.cases == 90)
        #expect(lowered.dropped.all.cases == 0)
        let same = try seen(cases, threshold: 0.5).proposal(precision: 0.95)
        #expect(same.dropped.all.cases == 0 && same.added.all.cases == 0)
    }

    @Test func `of too few decisions nothing is proposed, and neither is what no threshold gives`() throws {
        #expect(throws: CategoryCalibration.Refusal.tooFew) { try seen([]).proposal(precision: 0.5) }
        #expect(throws: CategoryCalibration.Refusal.tooFew) {
            try seen(repeated(10, 0.9, true) + repeated(10, 0.1, false)).proposal(precision: 0.9)
        }
        // Right now and then, and known to be.
        let mixed = (0..<2000).map { (score: Double($0 % 100) / 100, isPresent: $0 % 3 == 0) }
        #expect(throws: CategoryCalibration.Refusal.outOfReach) { try seen(mixed).proposal(precision: 0.9) }
        #expect(try seen(mixed).proposal(precision: 0.2).threshold == 0)
        // Only the few highest are right.
        #expect(throws: CategoryCalibration.Refusal.tooFew) {
            try seen(mixed + repeated(5, 1, true)).proposal(precision: 0.9)
        }
    }

    @Test func `a present threshold between two steps is no hindrance`() throws {
        let cases = repeated(300, 0.6004, true) + repeated(300, 0.6001, false)
        #expect(try seen(cases, threshold: 0.6002).current.precision.share == 1)
        #expect(throws: CategoryCalibration.Refusal.outOfReach) {
            try seen(cases, threshold: 0.6002).proposal(precision: 0.9)
        }
        #expect(try seen(repeated(300, 0.6004, true), threshold: 0.6002).proposal(precision: 0.9).threshold == 0.3)
    }
}
