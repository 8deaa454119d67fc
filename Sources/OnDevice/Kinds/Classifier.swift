import FrameSampling
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
        for said in [options.views?.names, options.gain?.names, options.doubt?.names].compactMap({ $0 }) {
            if let unknown = said.subtracting(named).first {
                throw manifest.refusal("no output names \(unknown).")
            }
        }
        return try sums.sorted { $0.name < $1.name }.map { sum in
            let gain = options.gain?[sum.name] ?? 1, doubt = options.doubt?[sum.name] ?? 0
            guard gain > 0, gain <= 1000, (0..<1).contains(doubt) else {
                throw manifest.refusal("a gain is above 0 and at most 1000, a doubt from 0 to below 1.")
            }
            return CategoryRule(
                category: Moderation.Category(rawValue: sum.name), outputs: sum.outputs,
                isComplement: sum.isComplement, views: options.views?[sum.name] ?? .whole, gain: gain, doubt: doubt)
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

    /// The probability that a run of the network gives it. `nil` when the network has no such output.
    func probability(in outputs: [Float]) -> Double? {
        guard self.outputs.allSatisfy(outputs.indices.contains) else { return nil }
        let sum = min(max(self.outputs.reduce(0) { $0 + Double(outputs[$1]) }, 0), 1)
        return isComplement ? 1 - sum : sum
    }

    func score(_ probability: Double) -> Double { gain * probability / (1 + (gain - 1) * probability) }
}
