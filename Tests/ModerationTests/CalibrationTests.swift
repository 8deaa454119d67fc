import Foundation
import Moderation
import Testing

/// What statsmodels says (`calibration.py`).
private struct Reference: Decodable {
    struct Rate: Decodable {
        let share, low, high: Double
        let cases: Int
        let plainSize: Double?
    }
    struct Row: Decodable {
        let threshold: Double
        let precision, recall: Rate?
    }
    struct Decisions: Decodable {
        /// Score, whether it is present, weight.
        let cases: [[Double]]
        let rows: [Row]
    }

    static func read() throws -> [String: Decisions] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "calibration.json")
        return try JSONDecoder().decode([String: Decisions].self, from: Data(contentsOf: file))
    }
}

/// - Parameter cases: Score, whether it is present, weight.
private func calibration(
    _ cases: [(score: Double?, isPresent: Bool, weight: Double)], policy: Policy = Policy()
) throws -> Calibration {
    var calibration = Calibration(policy: policy)
    for (index, one) in cases.enumerated() {
        try calibration.add(
            HumanDecision(
                caseID: "case_\(index)", scores: one.score.map { [.weapon: $0] } ?? [:],
                present: one.isPresent ? [.weapon] : [], weight: one.weight))
    }
    return calibration
}

private func isClose(_ one: Double?, _ other: Double) -> Bool { one.map { abs($0 - other) < 1e-9 } ?? false }

@Suite struct CalibrationTests {
    private func expect(_ rate: WeightedProportion, _ expected: Reference.Rate?, _ name: String) {
        guard let expected else {
            #expect(rate.share == nil && rate.interval == nil && rate.effectiveSize == nil, "\(name)")
            return
        }
        #expect(rate.counted.cases + rate.others.cases == expected.cases, "\(name)")
        #expect(isClose(rate.share, expected.share), "\(name)")
        #expect(isClose(rate.interval?.lowerBound, expected.low), "\(name)")
        #expect(isClose(rate.interval?.upperBound, expected.high), "\(name)")
    }

    @Test func `rates and intervals are those of statsmodels, for whatever weights`() throws {
        let sets = try Reference.read()
        #expect(Set(sets.keys) == ["all", "a queue", "few", "all of the same weight"])
        for (name, set) in sets {
            let seen = try calibration(set.cases.map { ($0[0], $0[1] == 1, $0[2]) })[.weapon]
            #expect(seen.decisions == set.cases.count && seen.present == set.cases.count { $0[1] == 1 }, "\(name)")
            for row in set.rows {
                let point = seen.point(at: row.threshold)
                expect(point.precision, row.precision, "\(name), precision from \(row.threshold)")
                expect(point.recall, row.recall, "\(name), recall from \(row.threshold)")
            }
        }
    }

    @Test func `with many cases, an effective size is that of the linearized variance`() throws {
        let queue = try #require(try Reference.read()["a queue"])
        let seen = try calibration(queue.cases.map { ($0[0], $0[1] == 1, $0[2]) })[.weapon]
        var compared = 0
        for row in queue.rows {
            let point = seen.point(at: row.threshold)
            for (rate, expected) in [(point.precision, row.precision), (point.recall, row.recall)] {
                guard let plain = expected?.plainSize, let size = rate.effectiveSize,
                    min(rate.counted.cases, rate.others.cases) >= 20
                else { continue }
                compared += 1
                // The case more makes it smaller, the less the more cases there are.
                #expect((0.85...1.0001).contains(size / plain), "from \(row.threshold): \(size) instead of \(plain)")
            }
        }
        #expect(compared >= 6)
        // Kish's size would say much more of what was missed.
        let recall = seen.point(at: 0.5).recall
        let weights = queue.cases.filter { $0[1] == 1 }.map { $0[2] }
        let kish = pow(weights.reduce(0, +), 2) / weights.reduce(0) { $0 + $1 * $1 }
        #expect(try #require(recall.effectiveSize) < kish / 2)
    }

    @Test func `where a sample shows no miss, there may be some all the same`() throws {
        // 100 hits, and none missed in 10 of what was OK, each of which stands for 100.
        let cases = (0..<100).map { _ in (score: 0.9 as Double?, isPresent: true, weight: 1.0) }
        let sampled = (0..<10).map { _ in (score: 0.1 as Double?, isPresent: false, weight: 100.0) }
        let recall = try calibration(cases + sampled)[.weapon].current.recall
        #expect(recall.share == 1)
        // One more miss would have halved it.
        #expect(try #require(recall.interval).lowerBound < 0.5)
        // Had all been looked at, it would be sure.
        let certain = try calibration(cases)[.weapon].current.recall
        #expect(try #require(certain.interval).lowerBound > 0.95)
    }

    @Test func `a score equal to a threshold is a hit, on every step and at a threshold between two`() throws {
        for step in 0...1000 {
            let threshold = Double(step) / 1000
            let seen = try calibration([(threshold, true, 1), (threshold.nextDown, false, 1)])[.weapon]
            let point = seen.point(at: threshold)
            #expect(point.recall.share == 1, "\(threshold)")
            if step > 0 { #expect(point.precision.share == 1, "\(threshold)") }
        }
        let between = try calibration(
            [(0.8125, true, 1), (0.8124, false, 1), (0.8126, false, 1)], policy: Policy(thresholds: [.weapon: 0.8125]))
        #expect(between[.weapon].current.precision.share == 0.5)
        #expect(between[.weapon].threshold == 0.8125 && between[.drugs].threshold == 0.5)
    }

    @Test func `the curve is the rates at each threshold, the highest first`() throws {
        let cases: [(Double?, Bool, Double)] = [(0.9, true, 1), (0.2, true, 4), (0.6, false, 1), (0.9, true, 1)]
        let seen = try calibration(cases)[.weapon]
        #expect(seen.curve.map(\.threshold) == [0.9, 0.6, 0.2])
        #expect(seen.curve.map(\.precision.share) == [1, 2 / 3, 6 / 7])
        #expect(seen.curve.map(\.recall.share) == [2 / 6, 2 / 6, 1])
        #expect(seen.curve == seen.curve.map { seen.point(at: $0.threshold) })
        #expect(try calibration([])[.weapon].curve.isEmpty)
    }

    @Test func `what was not judged counts apart and changes no rate`() throws {
        let judged: [(Double?, Bool, Double)] = [(0.9, true, 1), (0.2, true, 1), (0.6, false, 1)]
        let gaps = try calibration(judged + [(nil, true, 1), (nil, false, 1)])
        #expect(gaps.decisions == 5 && gaps[.weapon].decisions == 3 && gaps[.weapon].unjudged == 1)
        #expect(gaps[.weapon].current == (try calibration(judged))[.weapon].current)
    }

    @Test func `decisions that were saved go on where they were`() throws {
        let cases = (0..<200).map { (score: Double($0 % 97) / 97 as Double?, isPresent: $0 % 3 == 0, weight: 1.0) }
        let whole = try calibration(cases)
        var first = try calibration(Array(cases[..<90]))
        first = try JSONDecoder().decode(Calibration.self, from: JSONEncoder().encode(first))
        for (index, one) in cases.enumerated().dropFirst(90) {
            try first.add(
                HumanDecision(
                    caseID: "case_\(index)", scores: [.weapon: one.score ?? 0], present: one.isPresent ? [.weapon] : [])
            )
        }
        #expect(first == whole)
    }

    @Test func `five times the decisions take no more room`() throws {
        func size(_ count: Int) throws -> Int {
            var calibration = Calibration(policy: Policy())
            for index in 0..<count {
                try calibration.add(
                    HumanDecision(
                        caseID: "\(index)", scores: [.weapon: Double(index % 1009) / 1009],
                        present: index % 7 == 0 ? [.weapon] : []))
            }
            return try JSONEncoder().encode(calibration).count
        }
        let (few, many) = (try size(20_000), try size(100_000))
        #expect(Double(many) < 1.2 * Double(few), "\(few) bytes, then \(many)")
    }

    @Test func `names without end are refused, and nothing of their decision counts`() throws {
        var calibration = Calibration(policy: Policy())
        for index in 0..<Calibration.maxCategories {
            try calibration.add(
                HumanDecision(caseID: "", scores: [ContentCategory(rawValue: "\(index)"): 1], present: []))
        }
        let before = calibration
        #expect(throws: Calibration.TooManyCategories.self) {
            try calibration.add(
                HumanDecision(caseID: "", scores: [ContentCategory(rawValue: "0"): 1], present: [.gore]))
        }
        #expect(calibration == before)
        try calibration.add(HumanDecision(caseID: "", scores: [ContentCategory(rawValue: "0"): 1], present: []))
        #expect(calibration.decisions == before.decisions + 1)
    }
}
