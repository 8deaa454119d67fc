/// The weights that scale a line of samples, each result the mean of what lies under a triangle.
struct TriangleFilter {
    private struct Taps {
        let first: Int
        let weights: [Float]
    }
    private let taps: [Taps]
    /// The samples that have a weight: `first..<end`.
    let first, end: Int

    /// - Parameters:
    ///   - start: Where the part to scale begins, in samples; need not be whole.
    ///   - length: How long it is, above 0.
    ///   - count: Samples there are; beyond them nothing counts.
    ///   - size: Results.
    init(from start: Double, length: Double, within count: Int, to size: Int) {
        let scale = length / Double(size)
        let reach = max(scale, 1)
        taps = (0..<size).map { index in
            let middle = start + (Double(index) + 0.5) * scale
            let first = max(0, Int((middle - reach).rounded(.up)) - 1)
            let last = min(count - 1, Int((middle + reach).rounded(.down)))
            let from = min(first, count - 1), to = max(last, from)
            var weights = (from...to).map { Float(max(0, 1 - abs((Double($0) + 0.5 - middle) / reach))) }
            let sum = weights.reduce(0, +)
            weights = sum > 0 ? weights.map { $0 / sum } : weights.map { _ in 1 / Float(weights.count) }
            return Taps(first: from, weights: weights)
        }
        first = taps.map(\.first).min() ?? 0
        end = taps.map { $0.first + $0.weights.count }.max() ?? 0
    }

    /// Scales lines that lie side by side, sample by sample.
    /// - Parameters:
    ///   - lines: How many: components of a pixel, or a whole row of them.
    ///   - read: The value at a place.
    ///   - write: Takes a place and its value.
    @inline(__always)
    func apply(_ lines: Int, from read: (Int) -> Float, _ write: (Int, Float) -> Void) {
        for (index, taps) in taps.enumerated() {
            for line in 0..<lines {
                var sum: Float = 0
                for (tap, weight) in taps.weights.enumerated() {
                    sum += read((taps.first + tap) * lines + line) * weight
                }
                write(index * lines + line, sum)
            }
        }
    }
}
