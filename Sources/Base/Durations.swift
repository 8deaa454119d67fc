extension Duration {
    /// Whole nanoseconds, cut off; at most `Int64.max`, after 292 years.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : whole + attoseconds / 1_000_000_000
    }

    /// Whole milliseconds, cut off; saturates with `nanoseconds`.
    package var wholeMilliseconds: Int { Int(nanoseconds / 1_000_000) }

    /// Whole seconds, cut off.
    package var wholeSeconds: Int { Int(components.seconds) }

    /// Seconds as a floating-point number, to a nanosecond.
    package var inSeconds: Double { Double(nanoseconds) / 1e9 }
}
