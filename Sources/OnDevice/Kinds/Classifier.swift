import Moderation

/// A network that gives a probability for each of its outputs, some of which make up a category.
struct Classifier: PackKind {
    static let name = "classifier"

    private struct Options: Codable {
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
    var categories: Set<Moderation.Category> { Set(rules.map(\.category)) }

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
            throw manifest.refusal("a classifier has outputs, counted from 0.")
        }
        var sums = indices.map { (name: $0.key, outputs: $0.value.sorted(), isComplement: false) }
        for (name, other) in options.complement ?? [:] {
            guard let outputs = indices[other], indices[name] == nil else {
                throw manifest.refusal("\(name) is the complement of \(other), which no output names.")
            }
            sums.append((name, outputs.sorted(), true))
        }
        let named = Set(sums.map(\.name))
        let keys = [options.views?.names, options.gain?.names, options.doubt?.names, options.plain?.names]
        for said in keys.compactMap({ $0 }) {
            if let unknown = said.subtracting(named).first {
                throw manifest.refusal("no output names \(unknown).")
            }
        }
        if let other = options.plain?.names.intersection((options.complement ?? [:]).keys).first {
            throw manifest.refusal("\(other) is a complement; what is plain is said of what it complements.")
        }
        return try sums.sorted { $0.name < $1.name }.map { sum in
            let gain = options.gain?[sum.name] ?? 1, doubt = options.doubt?[sum.name] ?? 0
            let plain = options.plain?[options.complement?[sum.name] ?? sum.name]
            guard gain > 0, gain <= 1000, (0..<1).contains(doubt), (0..<1).contains(plain ?? 0) else {
                throw manifest.refusal(
                    "a gain is above 0 and at most 1000, a doubt and what is plain from 0 to below 1.")
            }
            return CategoryRule(
                category: Moderation.Category(rawValue: sum.name), outputs: sum.outputs,
                isComplement: sum.isComplement, views: options.views?[sum.name] ?? .whole, gain: gain, doubt: doubt,
                plain: plain)
        }
    }

    func load(_ models: PackModels, for categories: Set<Moderation.Category>) throws -> any PackJudge {
        let (width, height) = input.size
        let shape = input.layout.shape(width: width, height: height)
        return ClassifierJudge(
            name: models.pack.name, classifier: self, model: try models.compiled("classifier", shape: shape))
    }
}

/// What a classifier's outputs say of one category.
struct CategoryRule: Hashable, Sendable {
    let category: Moderation.Category
    /// Indices of the outputs whose probabilities are added.
    let outputs: [Int]
    /// Whether it is what the outputs leave over.
    let isComplement: Bool
    /// Where the picture is looked at; the highest score counts.
    let views: Views
    /// Score = g·p ∕ (1 + (g − 1)·p): moves the probability that means "as likely as not" to 0.5.
    let gain: Double
    /// Closer looks are taken only where a view before them gave at least this probability.
    let doubt: Double
    /// Where one colour takes at least this share of what is looked at, the outputs count for no more than what it leaves:
    /// photographs are hardly ever as plain as line drawings. `nil`: they count in full.
    let plain: Double?

    /// Of one colour only there is nothing drawn either, and the network's word stands.
    private static let empty = 0.99

    /// The probability that a run of the network gives it. `nil` when the network has no such output.
    func probability(in seen: ClassifierJudge.Seen) -> Double? {
        guard outputs.allSatisfy(seen.outputs.indices.contains) else { return nil }
        var sum = min(max(outputs.reduce(0) { $0 + Double(seen.outputs[$1]) }, 0), 1)
        let share = seen.shareOfOneColor
        if let plain, share >= plain, share < Self.empty { sum = min(sum, 1 - share) }
        return isComplement ? 1 - sum : sum
    }

    func score(_ probability: Double) -> Double { gain * probability / (1 + (gain - 1) * probability) }
}
