import Foundation

/// Rates and thresholds (0…1) for people.
enum RateWords {
    /// `12.3 % (10.1–14.9)`; a dash if there is no rate.
    static func of(_ rate: Double?, _ low: Double?, _ high: Double?) -> String {
        guard let rate, let low, let high else { return "–" }
        return String(format: "%.1f %% (%.1f–%.1f)", rate * 100, low * 100, high * 100)
    }

    /// As it can be typed into a policy.
    static func threshold(_ threshold: Double) -> String { String(format: "%.15g", threshold) }
}
