/// A rectangle in pixels that may be turned.
struct TurnedRectangle {
    let center: SIMD2<Double>
    /// The direction of one pair of sides, of length 1.
    let axis: SIMD2<Double>
    /// Half the lengths along and across the axis.
    let along, across: Double

    var shorterSide: Double { 2 * min(along, across) }

    /// The smallest rectangle around points; `nil` if there are none.
    init?(around points: [SIMD2<Double>]) {
        let hull = Self.hull(of: points)
        guard let first = hull.first else { return nil }
        var best = TurnedRectangle(center: first, axis: SIMD2(1, 0), along: 0, across: 0)
        var least = Double.infinity
        // One side of the smallest rectangle lies on a side of the hull.
        for (index, point) in hull.enumerated() where hull.count > 1 {
            let side = hull[(index + 1) % hull.count] - point
            let axis = side / (side * side).sum().squareRoot()
            let candidate = TurnedRectangle(around: hull, along: axis)
            let area = candidate.along * candidate.across
            if area < least - 1e-9 { (least, best) = (area, candidate) }
        }
        self = best
    }

    private init(center: SIMD2<Double>, axis: SIMD2<Double>, along: Double, across: Double) {
        (self.center, self.axis, self.along, self.across) = (center, axis, along, across)
    }

    private init(around hull: [SIMD2<Double>], along axis: SIMD2<Double>) {
        let normal = SIMD2(-axis.y, axis.x)
        var low = SIMD2(Double.infinity, .infinity), high = -low
        for point in hull {
            let place = SIMD2((point * axis).sum(), (point * normal).sum())
            low = pointwiseMin(low, place)
            high = pointwiseMax(high, place)
        }
        let middle = (low + high) / 2, half = (high - low) / 2
        self.init(center: axis * middle.x + normal * middle.y, axis: axis, along: half.x, across: half.y)
    }

    /// The rectangle with each side moved out by this many pixels.
    func grown(by distance: Double) -> TurnedRectangle {
        TurnedRectangle(center: center, axis: axis, along: along + distance, across: across + distance)
    }

    /// Top left, top right, bottom right, bottom left: the two leftmost by height, then the two rightmost.
    var corners: [SIMD2<Double>] {
        let u = axis * along, v = SIMD2(-axis.y, axis.x) * across
        let sorted = [center - u - v, center + u - v, center + u + v, center - u + v].sorted { $0.x < $1.x }
        let left = sorted[..<2].sorted { $0.y < $1.y }, right = sorted[2...].sorted { $0.y < $1.y }
        return [left[0], right[0], right[1], left[1]]
    }

    /// The convex hull, without points on its sides (Andrew's monotone chain).
    private static func hull(of points: [SIMD2<Double>]) -> [SIMD2<Double>] {
        let sorted = Set(points).sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        guard sorted.count > 2 else { return sorted }
        func half(_ points: some Sequence<SIMD2<Double>>) -> ArraySlice<SIMD2<Double>> {
            var chain: [SIMD2<Double>] = []
            for point in points {
                while chain.count > 1, !turns(chain[chain.count - 2], chain[chain.count - 1], point) {
                    chain.removeLast()
                }
                chain.append(point)
            }
            return chain.dropLast()
        }
        return Array(half(sorted) + half(sorted.reversed()))
    }

    private static func turns(_ a: SIMD2<Double>, _ b: SIMD2<Double>, _ c: SIMD2<Double>) -> Bool {
        let one = b - a, two = c - a
        return one.x * two.y - one.y * two.x > 0
    }
}
