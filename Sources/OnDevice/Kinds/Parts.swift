import Moderation

/// Boxes, each with one of the labels that a manifest names (YOLOv8's output).
struct Parts: PackKind {
    static let name = "parts"

    struct Boxes: Codable, Sendable {
        /// The least score that counts, 0…1.
        let score: Double
        /// Of boxes that overlap by more (intersection over union, 0…1), the likelier stays.
        let overlap: Double
    }

    struct Input: Codable, Sendable {
        let layout: TensorInput.Layout
        let channels: TensorInput.Channels
        /// Width and height of the network's input, pixels. The picture lies at its top left, its longer side that long.
        let side: Int
        let mean: [Float]
        let scale: Float

        var tensor: TensorInput { TensorInput(layout: layout, channels: channels, mean: mean, scale: scale) }
    }

    private struct Options: Codable {
        let input: Input
        let boxes: Boxes
        let labels: [String]
        let outputs: [String: [String]]
    }

    let input: Input
    let boxes: Boxes
    let labels: [String]
    /// The parts that make up a category.
    let outputs: [Moderation.Category: Set<String>]
    var categories: Set<Moderation.Category> { Set(outputs.keys) }

    init(_ manifest: Manifest) throws {
        try manifest.require(models: ["detector"])
        let options = try manifest.options(Options.self)
        (input, boxes, labels) = (options.input, options.boxes, options.labels)
        guard (32...2048).contains(input.side), input.side.isMultiple(of: 32), input.mean.count == 3 else {
            throw manifest.refusal("side is a multiple of 32 from 32 to 2048; mean is three numbers.")
        }
        guard (0...1).contains(boxes.score), (0...1).contains(boxes.overlap) else {
            throw manifest.refusal("the boxes' score and overlap lie within 0…1.")
        }
        guard !labels.isEmpty, Set(labels).count == labels.count else {
            throw manifest.refusal("a pack of parts has labels, each once.")
        }
        if let unknown = options.outputs.values.joined().first(where: { !options.labels.contains($0) }) {
            throw manifest.refusal("no label is called \(unknown).")
        }
        let named = options.outputs.map { (Moderation.Category(rawValue: $0.key), Set($0.value)) }
        outputs = Dictionary(named) { first, _ in first }
    }

    func load(_ models: PackModels, for categories: Set<Moderation.Category>) throws -> any PackJudge {
        let shape = input.layout.shape(width: input.side, height: input.side)
        return PartDetector(
            name: models.pack.name, parts: self, model: try models.compiled("detector", shape: shape))
    }
}
