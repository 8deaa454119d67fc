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

    /// The 95% score interval; `nil` if `total` is 0.
    public var interval: ClosedRange<Double>? { share.map { Self.scoreInterval(share: $0, size: Double(total)) } }

    /// The 95% score interval. Unlike the normal approximation, it is valid for small samples and for shares near 0 and 1.
    /// Wilson: "Probable inference, the law of succession, and statistical inference", 1927.
    /// - Parameters:
    ///   - share: 0…1.
    ///   - size: The size of the sample, above 0; not whole if it is an effective size.
    static func scoreInterval(share: Double, size: Double) -> ClosedRange<Double> {
        let z = normalQuantile
        let scale = 1 + z * z / size
        let center = (share + z * z / (2 * size)) / scale
        let reach = z / scale * (share * (1 - share) / size + z * z / (4 * size * size)).squareRoot()
        // Avoids rounding errors where the exact bound is 0 or 1.
        let low = share == 0 ? 0 : max(0, center - reach)
        let high = share == 1 ? 1 : min(1, center + reach)
        return low...high
    }

    /// The 97.5% quantile of the standard normal distribution.
    private static let normalQuantile = 1.959963984540054
}
