import Moderation

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
            let group = [best] + rest.dropFirst().filter { $0.box.overlap(best.box) > overlap }
            rest = rest.dropFirst().filter { $0.box.overlap(best.box) <= overlap }
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

    private var box: Box { Box(x1: low.x, y1: low.y, x2: high.x, y2: high.y) }
}
