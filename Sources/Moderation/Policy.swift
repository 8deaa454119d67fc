/// The rules that turn probabilities into decisions.
public struct Policy: Codable, Hashable, Sendable {
    /// The probability from which a category counts as present, 0…1. Default 0.5.
    public var threshold: Double
    /// Thresholds of single categories, which take precedence. 0…1.
    public var thresholds: [ContentCategory: Double]
    /// Whether a category makes a KO, regardless of what was requested.
    public var harmful: [ContentCategory: Bool]
    /// When KO samples make a video KO. Default `.any`.
    public var rule: Rule
    /// KO samples of a category belong to the same segment if the time between them, in ms, is not longer than this.
    /// Default 0: only consecutive samples.
    public var gap: Int
    /// Samples directly after a hit are hits down to this probability, 0…1, so that a score near the threshold does not
    /// split a segment (hysteresis). Limited to the threshold. Default `nil`: the threshold.
    public var closeThreshold: Double?
    /// Closing thresholds of single categories, which take precedence. 0…1.
    public var closeThresholds: [ContentCategory: Double] = [:]
    /// Segments shorter than this do not count, in ms. Default 0.
    public var minDuration: Int
    /// Settings for second looks around hits. Default `nil`: none.
    public var confirm: Confirmation?
    /// The maximum number of bits of 256 in which the hash of a picture may differ from known content, 0…60. Default 31.
    /// Unrelated pictures were never seen to differ in fewer than 86.
    public var knownDistance = 31
    /// Whether the on-device judge may judge categories for which it was not measured to be good enough. Default false.
    public var allowsExperiments = false

    /// Probabilities (0…1) that leave a doubt: pictures with one that is no hit are for people to look at. Default `nil`:
    /// none.
    public var review: ClosedRange<Double>?
    /// The share (0…1) of the pictures that are OK to draw at random for people to look at. Default `nil`: none.
    public var sample: Double?

    /// When KO samples make a video KO.
    public enum Rule: Codable, Hashable, Sendable {
        /// If there is at least one.
        case any
        /// If there are at least this many, 1 or more.
        case atLeast(Int)
        /// If they are at least this share of the judged samples, more than 0 and at most 1, and there is at least one.
        case ratio(Double)
        /// If there are at least `hits` among any `of` consecutive samples.
        case window(hits: Int, of: Int)
    }

    /// See the properties of the same names.
    public init(
        threshold: Double = 0.5, thresholds: [ContentCategory: Double] = [:], harmful: [ContentCategory: Bool] = [:],
        rule: Rule = .any, gap: Int = 0, closeThreshold: Double? = nil, minDuration: Int = 0,
        confirm: Confirmation? = nil
    ) {
        (self.threshold, self.thresholds, self.harmful) = (threshold, thresholds, harmful)
        (self.rule, self.gap, self.closeThreshold) = (rule, gap, closeThreshold)
        (self.minDuration, self.confirm) = (minDuration, confirm)
    }

    /// Returns the threshold of a category, 0…1.
    public func threshold(for category: ContentCategory) -> Double { thresholds[category] ?? threshold }

    /// Returns the closing threshold of a category, 0…1.
    public func closeThreshold(for category: ContentCategory) -> Double {
        min(closeThresholds[category] ?? closeThreshold ?? 1, threshold(for: category))
    }

    /// The harmful categories among those requested, sorted.
    func harmful(of asked: Set<ContentCategory>) -> [ContentCategory] {
        asked.filter { isHarmful($0, asked: asked) }.sorted()
    }

    /// Returns whether a category makes a KO. Requested categories do, unless they are informational.
    public func isHarmful(_ category: ContentCategory, asked: Set<ContentCategory>) -> Bool {
        if let said = harmful[category] { return said }
        if category.isInformational { return false }
        return asked.contains(category) || ContentCategory.harmfulByDefault.contains(category)
    }
}

extension Policy.Rule: CustomStringConvertible {
    public var description: String {
        switch self {
        case .any: "any"
        case .atLeast(let count): "at_least \(count)"
        case .ratio(let share): "ratio \(share)"
        case .window(let hits, let of): "window \(hits) of \(of)"
        }
    }
}
