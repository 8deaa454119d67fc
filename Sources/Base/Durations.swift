extension Duration {
    /// Whole nanoseconds, rounded toward zero. Saturates at `Int64.max` (292 years).
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : whole + attoseconds / 1_000_000_000
    }

    /// Whole milliseconds, rounded toward zero. Saturates as `nanoseconds` does.
    package var wholeMilliseconds: Int { Int(nanoseconds / 1_000_000) }

    /// Whole seconds, rounded toward zero.
    package var wholeSeconds: Int { Int(components.seconds) }

    /// Seconds, with nanosecond resolution.
    package var inSeconds: Double { Double(nanoseconds) / 1e9 }
}
