/// How probabilities become decisions.
public struct Policy: Codable, Hashable, Sendable {
    /// Probability from which a category counts as present, where `thresholds` has no other. 0…1; default 0.5.
    public var threshold: Double
    /// Per category, where it differs.
    public var thresholds: [Category: Double]
    /// Categories that make a KO, or do not, whatever was asked.
    public var harmful: [Category: Bool]
    /// How samples make a video's decision. Default `any`.
    public var rule: Rule
    /// KO samples of a category at most this far apart (ms between the end of one and the start of the next) are one
    /// segment. Default 0: only samples that follow each other.
    public var gap: Int
    /// Once a category is a hit, the samples that follow stay one down to this probability, so that one that hovers
    /// around its threshold does not fall apart (hysteresis, as in a Schmitt trigger). Never above the threshold.
    /// `nil`, the default: down to the threshold.
    public var closeThreshold: Double?
    /// Per category, where it differs.
    public var closeThresholds: [Category: Double] = [:]
    /// Segments shorter than this do not count, ms. Default 0.
    public var minDuration: Int
    /// A second, denser look around hits. `nil`, the default: none.
    public var confirm: Confirmation?
    /// Bits of 256 by which a picture's hash may differ from that of known content, 0…60. Default 31; unrelated pictures
    /// were never seen nearer than 86.
    public var knownDistance = 31
    /// Whether the judge on this machine may judge what it is not good enough at to promise. Default no.
    public var allowsExperiments = false

    /// When KO samples make a KO video.
    public enum Rule: Codable, Hashable, Sendable {
        /// One is enough.
        case any
        /// At least so many. 1 or more.
        case atLeast(Int)
        /// At least this share of the judged samples, and at least one. More than 0, at most 1.
        case ratio(Double)
        /// At least `hits` among some `of` consecutive samples.
        case window(hits: Int, of: Int)
    }

    public init(
        threshold: Double = 0.5, thresholds: [Category: Double] = [:], harmful: [Category: Bool] = [:],
        rule: Rule = .any, gap: Int = 0, closeThreshold: Double? = nil, minDuration: Int = 0,
        confirm: Confirmation? = nil
    ) {
        self.threshold = threshold
        self.thresholds = thresholds
        self.harmful = harmful
        self.rule = rule
        self.gap = gap
        self.closeThreshold = closeThreshold
        self.minDuration = minDuration
        self.confirm = confirm
    }

    public func threshold(for category: Category) -> Double { thresholds[category] ?? threshold }

    /// Down to where a hit goes on.
    public func closeThreshold(for category: Category) -> Double {
        min(closeThresholds[category] ?? closeThreshold ?? 1, threshold(for: category))
    }

    /// Of what is asked for, what makes a KO, sorted.
    func harmful(of asked: Set<Category>) -> [Category] {
        asked.filter { isHarmful($0, asked: asked) }.sorted()
    }

    /// Whether the category makes a KO. What was asked for by name does, unless it merely describes.
    public func isHarmful(_ category: Category, asked: Set<Category>) -> Bool {
        if let said = harmful[category] { return said }
        if category.isInformational { return false }
        return asked.contains(category) || Category.harmfulByDefault.contains(category)
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
