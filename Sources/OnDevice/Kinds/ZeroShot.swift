import Moderation

/// A network that embeds pictures near the sentences that describe them (CLIP, SigLIP), and the embeddings of a user's
/// own sentences.
struct ZeroShot: PackKind {
    static let name = "zero-shot"

    /// The category of sentences that describe anything else. They take up probability but are not reported.
    static let neutral = "neutral"

    enum Resize: String, Decodable, Sendable {
        /// Scale the shorter side to `side`, then cut out the central square.
        case shortestSideThenCrop = "shortest-side-then-crop"
        /// Scale to `side` × `side`, ignoring the aspect ratio.
        case squash
    }

    enum Activation: String, Decodable, Sendable {
        /// Probabilities of all sentences sum to 1. A category's score is the sum of its sentences.
        case softmax
        /// Each sentence has its own probability. A category's score is the highest of its sentences.
        case sigmoid
    }

    struct Input: Decodable, Sendable {
        let layout: TensorInput.Layout
        let channels: TensorInput.Channels
        /// Width and height in pixels.
        let side: Int
        let resize: Resize
        let filter: ResamplingFilter.Kernel
        let mean: [Float]
        let scale: Float

        var tensor: TensorInput { TensorInput(layout: layout, channels: channels, mean: mean, scale: scale) }
    }

    struct Prompt: Decodable, Sendable {
        let category: String
        let text: String
    }

    struct Options: Decodable, Sendable {
        let input: Input
        /// The length of an embedding.
        let dimension: Int
        let logitScale: Double
        let logitBias: Double?
        let activation: Activation
        /// In the order of their embeddings.
        let prompts: [Prompt]

        enum CodingKeys: String, CodingKey {
            case input, dimension, activation, prompts
            case logitScale = "logit_scale", logitBias = "logit_bias"
        }
    }

    let options: Options
    var categories: Set<ContentCategory> {
        Set(options.prompts.map(\.category).filter { $0 != Self.neutral }.map(ContentCategory.init(rawValue:)))
    }

    init(_ manifest: Manifest) throws {
        try manifest.require(models: ["image", "text"])
        options = try manifest.options(Options.self)
        let input = options.input
        guard (16...2048).contains(input.side), input.mean.count == 3, (1...65_536).contains(options.dimension) else {
            throw manifest.refusal(
                "side must be in 16…2048 and dimension in 1…65536; mean must be three numbers.")
        }
        guard options.logitScale.isFinite, options.logitBias?.isFinite ?? true else {
            throw manifest.refusal("logit_scale and logit_bias must be finite numbers.")
        }
        guard options.prompts.count <= 10_000, !categories.isEmpty else {
            throw manifest.refusal("there must be 1 to 10000 prompts, at least one of them with a category.")
        }
        if options.activation == .softmax, !options.prompts.contains(where: { $0.category == Self.neutral }) {
            throw manifest.refusal(
                "no prompt is neutral, so every picture would be in a category; add prompts of category neutral.")
        }
    }

    func load(_ models: PackModels, for categories: Set<ContentCategory>) throws -> any PackJudge {
        let side = options.input.side
        let embeddings = try models.numbers("text")
        guard embeddings.count == options.prompts.count * options.dimension, embeddings.allSatisfy(\.isFinite) else {
            throw OnDeviceError(
                .badManifest, "The pack \(models.pack.name) does not have \(options.dimension) numbers for each prompt."
            )
        }
        let shape = options.input.layout.shape(width: side, height: side)
        return ZeroShotJudge(
            name: models.pack.name, options: options, embeddings: embeddings,
            model: try models.compiled("image", shape: shape))
    }
}
