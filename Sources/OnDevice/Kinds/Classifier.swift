import Moderation

/// A network whose outputs are probabilities, each or several of which make up a category.
struct Classifier: PackKind {
    static let name = "classifier"

    private struct Options: Decodable {
        let input: ClassifierInput
        let outputs: [Int: String]
        let complement: [String: String]?
        let views: PerCategory<Views>?
        let gain: PerCategory<Double>?
        let doubt: PerCategory<Double>?
        let plain: PerCategory<Double>?
    }

    let input: ClassifierInput
    let rules: [CategoryRule]
    var categories: Set<ContentCategory> { Set(rules.map(\.category)) }

    init(_ manifest: Manifest) throws {
        try manifest.require(models: ["classifier"])
        let options = try manifest.options(Options.self)
        try options.input.check(manifest)
        input = options.input
        rules = try Self.rules(options, manifest)
    }

    private static func rules(_ options: Options, _ manifest: Manifest) throws -> [CategoryRule] {
        let indices = Dictionary(grouping: options.outputs.keys) { options.outputs[$0] ?? "" }
        guard !indices.isEmpty, indices.values.joined().allSatisfy({ $0 >= 0 }) else {
            throw manifest.refusal("a classifier needs outputs, numbered from 0.")
        }
        var sums = indices.map { (name: $0.key, outputs: $0.value.sorted(), isComplement: false) }
        for (name, other) in options.complement ?? [:] {
            guard let outputs = indices[other], indices[name] == nil else {
                throw manifest.refusal("\(name) is the complement of \(other), which is not one of the outputs.")
            }
            sums.append((name, outputs.sorted(), true))
        }
        let named = Set(sums.map(\.name))
        let keys = [options.views?.names, options.gain?.names, options.doubt?.names, options.plain?.names]
        for said in keys.compactMap({ $0 }) {
            if let unknown = said.subtracting(named).first {
                throw manifest.refusal("\(unknown) is not one of the outputs.")
            }
        }
        if let other = options.plain?.names.intersection((options.complement ?? [:]).keys).first {
            throw manifest.refusal("\(other) is a complement; set plain for the category it complements.")
        }
        return try sums.sorted { $0.name < $1.name }.map { sum in
            let gain = options.gain?[sum.name] ?? 1, doubt = options.doubt?[sum.name] ?? 0
            let plain = options.plain?[options.complement?[sum.name] ?? sum.name]
            guard gain > 0, gain <= 1000, (0..<1).contains(doubt), (0..<1).contains(plain ?? 0) else {
                throw manifest.refusal(
                    "gain must be above 0 and at most 1000, doubt and plain at least 0 and below 1.")
            }
            return CategoryRule(
                category: ContentCategory(rawValue: sum.name), outputs: sum.outputs,
                isComplement: sum.isComplement, views: options.views?[sum.name] ?? .whole, gain: gain, doubt: doubt,
                plain: plain)
        }
    }

    func load(_ models: PackModels, for categories: Set<ContentCategory>) throws -> any PackJudge {
        let (width, height) = input.size
        let shape = input.layout.shape(width: width, height: height)
        return ClassifierJudge(
            name: models.pack.name, classifier: self, model: try models.compiled("classifier", shape: shape))
    }
}

/// How a category's score is computed from a classifier's outputs.
struct CategoryRule: Hashable, Sendable {
    let category: ContentCategory
    /// Indices of the outputs whose probabilities are added.
    let outputs: [Int]
    /// Whether the category is the complement of these outputs.
    let isComplement: Bool
    /// The parts of the picture to look at. The highest score counts.
    let views: Views
    /// Maps the probability that means "as likely as not" to 0.5: score = g·p ∕ (1 + (g − 1)·p).
    let gain: Double
    /// Further views are judged only if an earlier one gave at least this probability.
    let doubt: Double
    /// If one color covers at least this share of a view, the outputs count for at most the uncovered share:
    /// photographs are rarely as plain as line drawings. `nil` if they always count in full.
    let plain: Double?

    /// From this share on, the view is empty rather than a drawing, and the outputs count in full.
    private static let empty = 0.99

    /// The category's probability for one view; `nil` if the network does not have these outputs.
    func probability(in seen: ClassifierJudge.Seen) -> Double? {
        guard outputs.allSatisfy(seen.outputs.indices.contains) else { return nil }
        var sum = min(max(outputs.reduce(0) { $0 + Double(seen.outputs[$1]) }, 0), 1)
        let share = seen.shareOfOneColor
        if let plain, share >= plain, share < Self.empty { sum = min(sum, 1 - share) }
        return isComplement ? 1 - sum : sum
    }

    func score(_ probability: Double) -> Double { gain * probability / (1 + (gain - 1) * probability) }
}
