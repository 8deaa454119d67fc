import Moderation

/// A network that finds parts of bodies, each with a box and a label, some of which make up a category.
struct Parts: PackKind {
    static let name = "parts"

    private struct Options: Codable {
        struct Boxes: Codable {
            let side: Int
            let score: Double
            let overlap: Double
        }

        let boxes: Boxes
        let labels: [String]
        let outputs: [String: [String]]
        let weak: [String]?
    }

    /// Width and height of the network's input, pixels.
    let side: Int
    /// What scores at most this much is no part.
    let leastScore: Double
    /// Of two boxes whose intersection is a larger share of their union, the weaker is dropped.
    let overlap: Double
    let labels: [String]
    /// The labels of each category.
    let outputs: [Moderation.Category: Set<String>]
    /// Labels that count only where another label of their category was found.
    let weak: Set<String>
    var categories: Set<Moderation.Category> { Set(outputs.keys) }

    init(_ manifest: Manifest) throws {
        try manifest.require(models: ["detector"])
        let options = try manifest.options(Options.self)
        (side, leastScore, overlap) = (options.boxes.side, options.boxes.score, options.boxes.overlap)
        labels = options.labels
        weak = Set(options.weak ?? [])
        outputs = options.outputs.reduce(into: [:]) { $0[Moderation.Category(rawValue: $1.key)] = Set($1.value) }
        guard (32...2048).contains(side), side % 32 == 0, (0..<1).contains(leastScore), (0...1).contains(overlap) else {
            throw manifest.refusal("side is a multiple of 32 from 32 to 2048; score and overlap are from 0 to 1.")
        }
        guard !outputs.isEmpty, Set(labels).count == labels.count else {
            throw manifest.refusal("there is an output, and no label stands twice.")
        }
        if let unknown = outputs.values.reduce(weak, { $0.union($1) }).subtracting(labels).min() {
            throw manifest.refusal("there is no label \(unknown).")
        }
    }

    func load(_ models: PackModels, for categories: Set<Moderation.Category>) throws -> any PackJudge {
        PartsJudge(
            name: models.pack.name, parts: self, model: try models.compiled("detector", shape: [1, 3, side, side]))
    }
}
