/// A proportion of a sample, with its confidence interval.
public struct Proportion: Hashable, Sendable {
    /// 0…`total`.
    public let count: Int
    /// 0 or more.
    public let total: Int

    /// See the properties of the same names.
    public init(_ count: Int, of total: Int) { (self.count, self.total) = (count, total) }

    /// 0…1; `nil` if `total` is 0.
    public var share: Double? { total > 0 ? Double(count) / Double(total) : nil }

    /// The 95% score interval; `nil` if `total` is 0. Unlike the normal approximation, it is valid for small samples and for
    /// shares near 0 and 1. Wilson: "Probable inference, the law of succession, and statistical inference", 1927.
    public var interval: ClosedRange<Double>? {
        guard let share else { return nil }
        let (n, z) = (Double(total), Self.normalQuantile)
        let scale = 1 + z * z / n
        let center = (share + z * z / (2 * n)) / scale
        let reach = z / scale * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        // Avoids rounding errors where the exact bound is 0 or 1.
        let low = count == 0 ? 0 : max(0, center - reach)
        let high = count == total ? 1 : min(1, center + reach)
        return low...high
    }

    /// The 97.5% quantile of the standard normal distribution.
    private static let normalQuantile = 1.959963984540054
}
