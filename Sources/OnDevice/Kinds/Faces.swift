import Moderation

/// Faces, and what can be told of each.
struct Faces: PackKind {
    static let name = "faces"

    let categories: Set<Moderation.Category> = [.face, .faceMultiple]

    init(_ manifest: Manifest) throws { try manifest.require(models: ["detector", "landmarks"]) }

    func load(_ models: PackModels, for categories: Set<Moderation.Category>) throws -> any PackJudge {
        try FaceDetector(models)
    }
}
