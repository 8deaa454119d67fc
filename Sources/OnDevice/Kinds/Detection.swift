/// A box in pixels with its own points and a score (0…1).
struct Detection {
    var low, high: SIMD2<Double>
    var points: [SIMD2<Double>]
    var score: Double

    var center: SIMD2<Double> { (low + high) / 2 }
    var size: SIMD2<Double> { high - low }

    /// Weighted non-maximum suppression. Detections whose intersection over union with a better one exceeds `overlap`
    /// are merged with it; boxes and points become means weighted by score. The best come first.
    static func merged(_ detections: [Detection], overlap: Double = 0.3) -> [Detection] {
        var rest = detections.sorted { $0.score > $1.score }
        var merged: [Detection] = []
        while let best = rest.first {
            let group = [best] + rest.dropFirst().filter { $0.overlap(best) > overlap }
            rest = rest.dropFirst().filter { $0.overlap(best) <= overlap }
            merged.append(mean(of: group, score: best.score))
        }
        return merged
    }

    private static func mean(of group: [Detection], score: Double) -> Detection {
        let total = group.reduce(0) { $0 + $1.score }
        func mean(_ place: (Detection) -> SIMD2<Double>) -> SIMD2<Double> {
            group.reduce(SIMD2()) { $0 + place($1) * $1.score } / total
        }
        return Detection(
            low: mean(\.low), high: mean(\.high),
            points: group[0].points.indices.map { index in mean { $0.points[index] } }, score: score)
    }

    /// Intersection over union, 0…1.
    private func overlap(_ other: Detection) -> Double {
        func area(_ size: SIMD2<Double>) -> Double { size.x * size.y }
        let common = pointwiseMin(high, other.high) - pointwiseMax(low, other.low)
        guard common.x > 0, common.y > 0 else { return 0 }
        return area(common) / (area(size) + area(other.size) - area(common))
    }
}
