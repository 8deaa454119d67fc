import Moderation

/// Faces and their attributes.
struct Faces: PackKind {
    static let name = "faces"

    /// The models that a pack may omit, and what they judge.
    private static let optional: [String: ContentCategory] = ["age": .minor, "gender": .genderFemale]

    let categories: Set<ContentCategory>

    init(_ manifest: Manifest) throws {
        try manifest.require(models: ["detector", "landmarks"], optional: Set(Self.optional.keys))
        let more = Self.optional.filter { manifest.common.models[$0.key] != nil }.values
        categories = Set([.face, .faceMultiple] + more)
    }

    func load(_ models: PackModels, for categories: Set<ContentCategory>) throws -> any PackJudge {
        try FaceDetector(models, attributes: FaceAttributes(models, for: categories))
    }
}
