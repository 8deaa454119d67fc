import Moderation

/// A network that finds body parts, each with a box and a label. Sets of labels make up categories.
struct Parts: PackKind {
    static let name = "parts"

    private struct Options: Decodable {
        struct Boxes: Decodable {
            let side: Int
            let score: Double
            let overlap: Double
        }

        let boxes: Boxes
        let labels: [String]
        let outputs: [String: [String]]
        let weak: [String]?
    }

    /// The width and height of the network's input, in pixels.
    let side: Int
    /// Detections that do not exceed this score are ignored.
    let leastScore: Double
    /// If the intersection of two boxes is a larger share of their union, the weaker one is dropped.
    let overlap: Double
    let labels: [String]
    /// The labels of each category.
    let outputs: [ContentCategory: Set<String>]
    /// Labels that count only together with another label of their category.
    let weak: Set<String>
    var categories: Set<ContentCategory> { Set(outputs.keys) }

    init(_ manifest: Manifest) throws {
        try manifest.require(models: ["detector"])
        let options = try manifest.options(Options.self)
        (side, leastScore, overlap) = (options.boxes.side, options.boxes.score, options.boxes.overlap)
        labels = options.labels
        weak = Set(options.weak ?? [])
        outputs = options.outputs.reduce(into: [:]) { $0[ContentCategory(rawValue: $1.key)] = Set($1.value) }
        guard (32...2048).contains(side), side % 32 == 0, (0..<1).contains(leastScore), (0...1).contains(overlap) else {
            throw manifest.refusal(
                "side must be a multiple of 32 from 32 to 2048; score and overlap must be from 0 to 1.")
        }
        guard !outputs.isEmpty, Set(labels).count == labels.count else {
            throw manifest.refusal("there must be an output, and no label may occur twice.")
        }
        if let unknown = outputs.values.reduce(weak, { $0.union($1) }).subtracting(labels).min() {
            throw manifest.refusal("there is no label \(unknown).")
        }
    }

    func load(_ models: PackModels, for categories: Set<ContentCategory>) throws -> any PackJudge {
        PartsJudge(
            name: models.pack.name, parts: self, model: try models.compiled("detector", shape: [1, 3, side, side]))
    }
}
