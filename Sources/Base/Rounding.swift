extension Double {
    /// The value rounded to a number of decimal places.
    /// - Parameter decimals: 0…6; clamped to that range.
    package func rounded(decimals: Int) -> Double {
        let scale = [1, 10, 100, 1e3, 1e4, 1e5, 1e6][min(max(decimals, 0), 6)]
        return (self * scale).rounded() / scale
    }
}
