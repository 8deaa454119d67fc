import Foundation
import Moderation
import Testing

/// What scikit-learn and statsmodels say (`evaluation.py`).
private struct Reference: Decodable {
    struct Scores: Decodable {
        let positives, negatives: [Double]
        let area, averagePrecision: Double
        /// Threshold, false and true positive rate; precision and recall.
        let roc, precisionRecall: [[Double]]
        /// Threshold, true and false positives.
        let rows: [[Double]]
        let foundAtFalsePositives, falsePositivesAtFound: [String: Double]

        var evaluation: Evaluation { Evaluation(positives: positives, negatives: negatives) }
    }
    let sets: [String: Scores]
    let intervals: [[Double]]

    static func read() throws -> Reference {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "evaluation.json")
        return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
    }
}

private func isClose(_ one: Double?, _ other: Double) -> Bool { one.map { abs($0 - other) < 1e-9 } ?? false }

@Suite struct ProportionTests {
    @Test func `intervals are those of statsmodels, ends and a million included`() throws {
        let expected = try Reference.read().intervals
        #expect(expected.count > 30)
        for row in expected {
            let interval = try #require(Proportion(Int(row[0]), of: Int(row[1])).interval)
            #expect(isClose(interval.lowerBound, row[2]) && isClose(interval.upperBound, row[3]), "\(row) \(interval)")
        }
    }

    @Test func `of nothing there is no share`() {
        #expect(Proportion(0, of: 0).share == nil && Proportion(0, of: 0).interval == nil)
        #expect(Proportion(0, of: 1).share == 0 && Proportion(0, of: 1).interval?.lowerBound == 0)
    }
}

@Suite struct EvaluationTests {
    @Test func `areas, curves and counts are those of scikit-learn`() throws {
        let sets = try Reference.read().sets
        let names = [
            "overlapping", "many ties", "separated", "the wrong way round", "all alike", "zeros and ones", "rare",
            "one of each",
        ]
        #expect(Set(sets.keys).symmetricDifference(names) == [])
        for (name, scores) in sets {
            let evaluation = scores.evaluation
            #expect(isClose(evaluation.rocArea, scores.area), "\(name)")
            #expect(isClose(evaluation.averagePrecision, scores.averagePrecision), "\(name)")
            let curve = evaluation.curve
            try #require(curve.count == scores.roc.count && curve.count == scores.precisionRecall.count, "\(name)")
            for (point, (roc, precisionRecall)) in zip(curve, zip(scores.roc, scores.precisionRecall)) {
                #expect(point.threshold == roc[0], "\(name)")
                #expect(isClose(point.falsePositiveRate.share, roc[1]), "\(name)")
                #expect(isClose(point.truePositiveRate.share, roc[2]), "\(name)")
                #expect(isClose(point.precision.share, precisionRecall[0]), "\(name)")
                #expect(isClose(point.truePositiveRate.share, precisionRecall[1]), "\(name)")
            }
            for row in scores.rows {
                let point = evaluation.point(at: row[0])
                #expect(point.truePositiveRate == Proportion(Int(row[1]), of: scores.positives.count), "\(name)")
                #expect(point.falsePositiveRate == Proportion(Int(row[2]), of: scores.negatives.count), "\(name)")
            }
        }
    }

    @Test func `a wished threshold finds as much, and errs as little, as scikit-learn's curve allows`() throws {
        for (name, scores) in try Reference.read().sets {
            let evaluation = scores.evaluation
            for (wish, found) in scores.foundAtFalsePositives {
                let wished = try #require(Double(wish))
                guard let point = evaluation.point(maxFalsePositiveRate: wished) else {
                    // No threshold up to 1 leaves out a negative that scores 1.
                    #expect(evaluation.point(at: 1).falsePositiveRate.share ?? 0 > wished, "\(name)")
                    continue
                }
                #expect(isClose(point.truePositiveRate.share, found), "\(name) \(wish)")
                #expect(point.falsePositiveRate.share ?? 1 <= wished && point.threshold <= 1, "\(name) \(wish)")
                #expect(evaluation.point(at: point.threshold) == point)
            }
            for (wish, imagined) in scores.falsePositivesAtFound {
                let wished = try #require(Double(wish))
                let point = try #require(evaluation.point(minTruePositiveRate: wished))
                #expect(isClose(point.falsePositiveRate.share, imagined), "\(name) \(wish)")
                #expect(point.truePositiveRate.share ?? 0 >= wished, "\(name) \(wish)")
            }
        }
    }

    @Test func `a wished threshold is a round number amid the gap between scores`() {
        let clear = Evaluation(positives: [1, 1], negatives: [0, 0])
        #expect(clear.point(maxFalsePositiveRate: 0.01)?.threshold == 0.5)
        #expect(clear.point(minTruePositiveRate: 0.9)?.threshold == 0.5)
        let near = Evaluation(positives: [0.8214], negatives: [0.8211])
        #expect(near.point(maxFalsePositiveRate: 0)?.threshold == 0.8213)
        // A score of 0 is a hit at 0 alone.
        #expect(Evaluation(positives: [0], negatives: [0.5]).point(minTruePositiveRate: 1)?.threshold == 0)
        // Where a negative scores highest, only a threshold above it will do, and finds nothing.
        let above = Evaluation(positives: [0.2], negatives: [0.6]).point(maxFalsePositiveRate: 0)
        #expect(above?.threshold == 0.8 && above?.truePositiveRate.count == 0)
        #expect(Evaluation(positives: [1], negatives: [1]).point(maxFalsePositiveRate: 0.5) == nil)
    }

    @Test func `what could not be judged is counted apart and changes no rate`() {
        let judged = Evaluation(positives: [0.9, 0.4], negatives: [0.1, 0.6])
        let gaps = Evaluation(positives: [0.9, nil, 0.4], negatives: [nil, nil, 0.1, 0.6])
        #expect(gaps.unjudgedPositives == 1 && gaps.unjudgedNegatives == 2)
        #expect(judged.unjudgedPositives == 0 && judged.unjudgedNegatives == 0)
        #expect(gaps.curve == judged.curve && gaps.rocArea == judged.rocArea)
        #expect(gaps.point(at: 0).truePositiveRate == Proportion(2, of: 2))
        // A made-up 0 would be one more.
        #expect(Evaluation(positives: [0.9, 0, 0.4], negatives: [0.1]).point(at: 0).truePositiveRate.total == 3)
    }

    @Test func `of one kind alone there is no curve to have an area`() {
        let positives = Evaluation(positives: [0.9, 0.4], negatives: [nil])
        #expect(positives.rocArea == nil && positives.averagePrecision == 1)
        #expect(positives.point(maxFalsePositiveRate: 0.5) == nil)
        #expect(positives.point(at: 0.5).falsePositiveRate.share == nil)
        let negatives = Evaluation(positives: [], negatives: [0.9, 0.4])
        #expect(negatives.rocArea == nil && negatives.averagePrecision == nil)
        #expect(negatives.point(minTruePositiveRate: 0.5) == nil)
        let none = Evaluation(positives: [], negatives: [])
        #expect(none.curve.isEmpty && none.point(at: 0.5).precision.share == nil)
    }
}
