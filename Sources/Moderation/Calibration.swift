/// Human decisions against the judge's, category by category. Takes decisions one by one; its size depends only on the
/// number of categories.
public struct Calibration: Codable, Hashable, Sendable {
    /// The most categories.
    public static let maxCategories = 256

    /// The number of decisions.
    public private(set) var decisions = 0
    /// What is known of each category.
    public private(set) var categories: [ContentCategory: CategoryCalibration] = [:]
    private let policy: Policy

    /// - Parameter policy: The present policy, whose thresholds the decisions are compared with.
    public init(policy: Policy) { self.policy = policy }

    /// A decision has categories beyond `maxCategories`.
    public struct TooManyCategories: Error, Hashable, Sendable, CustomStringConvertible {
        /// One sentence.
        public var description: String { "It has categories beyond the first \(maxCategories)." }
    }

    /// Counts a decision.
    /// - Throws: `TooManyCategories`. Nothing of the decision is counted then.
    public mutating func add(_ decision: HumanDecision) throws(TooManyCategories) {
        let named = decision.present.union(decision.scores.keys)
        guard categories.count + named.count(where: { categories[$0] == nil }) <= Self.maxCategories else {
            throw TooManyCategories()
        }
        decisions += 1
        for category in named {
            categories[category, default: CategoryCalibration(threshold: policy.threshold(for: category))]
                .add(decision, category)
        }
    }

    /// What is known of a category, also of one that no decision is about.
    public subscript(category: ContentCategory) -> CategoryCalibration {
        categories[category] ?? CategoryCalibration(threshold: policy.threshold(for: category))
    }
}
