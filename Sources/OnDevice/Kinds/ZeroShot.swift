import Moderation

/// A network that puts pictures where it puts the sentences that describe them (CLIP, SigLIP), and the places of a user's
/// own sentences.
struct ZeroShot: PackKind {
    static let name = "zero-shot"

    /// The category of sentences that describe what is none of the others: they take probability, and report nothing.
    static let neutral = "neutral"

    enum Resize: String, Codable, Sendable {
        /// The shorter side to `side`, then the middle square.
        case shortestSideThenCrop = "shortest-side-then-crop"
        /// Width and height to `side`, the picture's shape ignored.
        case squash
    }

    enum Activation: String, Codable, Sendable {
        /// A picture's probability is shared out among all sentences; those of a category are added.
        case softmax
        /// Each sentence has a probability of its own; a category's is the highest.
        case sigmoid
    }

    struct Input: Codable, Sendable {
        let layout: TensorInput.Layout
        let channels: TensorInput.Channels
        /// Width and height, pixels.
        let side: Int
        let resize: Resize
        let filter: ResamplingFilter.Kernel
        let mean: [Float]
        let scale: Float

        var tensor: TensorInput { TensorInput(layout: layout, channels: channels, mean: mean, scale: scale) }
    }

    struct Prompt: Codable, Sendable {
        let category: String
        let text: String
    }

    struct Options: Codable, Sendable {
        let input: Input
        /// Numbers in an embedding.
        let dimension: Int
        let logitScale: Double
        let logitBias: Double?
        let activation: Activation
        /// In the order of the embeddings.
        let prompts: [Prompt]

        enum CodingKeys: String, CodingKey {
            case input, dimension, activation, prompts
            case logitScale = "logit_scale", logitBias = "logit_bias"
        }
    }

    let options: Options
    var categories: Set<Moderation.Category> {
        Set(options.prompts.map(\.category).filter { $0 != Self.neutral }.map(Moderation.Category.init(rawValue:)))
    }

    init(_ manifest: Manifest) throws {
        try manifest.require(models: ["image", "text"])
        options = try manifest.options(Options.self)
        let input = options.input
        guard (16...2048).contains(input.side), input.mean.count == 3, (1...65_536).contains(options.dimension) else {
            throw manifest.refusal("side lies within 16…2048, dimension within 1…65536; mean is three numbers.")
        }
        guard options.logitScale.isFinite, options.logitBias?.isFinite ?? true else {
            throw manifest.refusal("logit_scale and logit_bias are numbers.")
        }
        guard options.prompts.count <= 10_000, !categories.isEmpty else {
            throw manifest.refusal("there are prompts, at most 10000, and one of them names a category.")
        }
        if options.activation == .softmax, !options.prompts.contains(where: { $0.category == Self.neutral }) {
            throw manifest.refusal(
                "no prompt is neutral: every picture would be one of the categories; add some of category neutral.")
        }
    }

    func load(_ models: PackModels, for categories: Set<Moderation.Category>) throws -> any PackJudge {
        let side = options.input.side
        let embeddings = try models.numbers("text")
        guard embeddings.count == options.prompts.count * options.dimension, embeddings.allSatisfy(\.isFinite) else {
            throw OnDeviceError(
                .badManifest, "The pack \(models.pack.name) has not \(options.dimension) numbers for each prompt.")
        }
        let shape = options.input.layout.shape(width: side, height: side)
        return ZeroShotJudge(
            name: models.pack.name, options: options, embeddings: embeddings,
            model: try models.compiled("image", shape: shape))
    }
}
