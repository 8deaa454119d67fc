/// The weights to scale a line of samples as Pillow does: each result is a weighted mean of the samples around its
/// place, and of more samples the more the line shrinks.
struct ResamplingFilter {
    /// How a sample's weight decreases with distance, in samples of the longer of the two lines.
    enum Kernel: String, Hashable, Sendable, Decodable {
        /// A triangle.
        case bilinear
        /// Keys' cubic with a = −0.5.
        case bicubic

        var reach: Double { self == .bilinear ? 1 : 2 }

        func weight(_ distance: Double) -> Double {
            let x = abs(distance)
            switch self {
            case .bilinear: return max(0, 1 - x)
            case .bicubic:
                let a = -0.5
                if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
                return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
            }
        }
    }

    private struct Taps {
        let first: Int
        let weights: [Float]
    }
    private let taps: [Taps]
    /// The samples that have a weight: `first..<end`.
    let first, end: Int

    /// - Parameters:
    ///   - start: The beginning of the part to scale, in samples; may be fractional.
    ///   - length: The part's length in samples, above 0.
    ///   - count: The number of samples in the line; outside of it nothing counts.
    ///   - size: The number of results.
    init(_ kernel: Kernel, from start: Double, length: Double, within count: Int, to size: Int) {
        let scale = length / Double(size)
        let step = max(scale, 1), reach = step * kernel.reach
        taps = (0..<size).map { index in
            let middle = start + (Double(index) + 0.5) * scale
            let first = max(0, Int((middle - reach).rounded(.up)) - 1)
            let last = min(count - 1, Int((middle + reach).rounded(.down)))
            let from = min(first, count - 1), to = max(last, from)
            var weights = (from...to).map { Float(kernel.weight((Double($0) + 0.5 - middle) / step)) }
            let sum = weights.reduce(0, +)
            weights = sum > 0 ? weights.map { $0 / sum } : weights.map { _ in 1 / Float(weights.count) }
            return Taps(first: from, weights: weights)
        }
        first = taps.map(\.first).min() ?? 0
        end = taps.map { $0.first + $0.weights.count }.max() ?? 0
    }

    /// Scales interleaved lines.
    /// - Parameters:
    ///   - lines: The number of lines: components of a pixel, or of a whole row.
    ///   - read: Returns the value at an index.
    ///   - write: Receives an index and its value.
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
