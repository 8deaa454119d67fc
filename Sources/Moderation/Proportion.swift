/// So many of so many, and what that says of the share behind it.
public struct Proportion: Hashable, Sendable {
    public let count: Int
    /// 0 or more.
    public let total: Int

    /// - Parameter count: From 0 to `total`.
    public init(_ count: Int, of total: Int) {
        self.count = count
        self.total = total
    }

    /// 0…1; `nil` where there are none to count among.
    public var share: Double? { total > 0 ? Double(count) / Double(total) : nil }

    /// The score interval at 95 %; `nil` where there are none to count among. Unlike the textbook's ± it also holds for few
    /// and for shares near 0 and 1. Wilson: "Probable inference, the law of succession, and statistical inference", 1927.
    public var interval: ClosedRange<Double>? {
        guard let share else { return nil }
        let (n, z) = (Double(total), Self.normalQuantile)
        let scale = 1 + z * z / n
        let centre = (share + z * z / (2 * n)) / scale
        let reach = z / scale * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        // At the ends the formula gives 0 and 1, but for rounding.
        let low = count == 0 ? 0 : max(0, centre - reach)
        let high = count == total ? 1 : min(1, centre + reach)
        return low...high
    }

    /// 97.5 % of a standard normal distribution lie below it.
    private static let normalQuantile = 1.959963984540054
}
