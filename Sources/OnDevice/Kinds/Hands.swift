import Moderation

/// Hands, and whether one shows an obscene gesture.
struct Hands: PackKind {
    static let name = "hands"

    let categories: Set<ContentCategory> = [.gesture]

    init(_ manifest: Manifest) throws { try manifest.require(models: ["palms", "landmarks"]) }

    func load(_ models: PackModels, for categories: Set<ContentCategory>) throws -> any PackJudge {
        try HandDetector(models)
    }
}
