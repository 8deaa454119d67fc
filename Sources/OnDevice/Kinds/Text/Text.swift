import Foundation
import Moderation
import TextContent

/// Text: where it is, what it says, whether it is overlaid, and which words and personal data it contains.
struct Text: PackKind {
    static let name = "text"

    private struct Options: Decodable {
        let longestSide: Int
        let leftOut: [[String]]?

        enum CodingKeys: String, CodingKey {
            case longestSide = "longest_side"
            case leftOut = "left_out"
        }
    }

    let categories: Set<ContentCategory> = [.textArtificial, .textNatural, .textProfanity, .textPersonal]
    /// The longest side of the picture for the detector, in pixels. Smaller pictures are not enlarged.
    let longestSide: Int
    private let wordLists: [Manifest.File]
    private let leftOut: [String]

    init(_ manifest: Manifest) throws {
        try manifest.require(models: ["detector", "recogniser"])
        let options = try manifest.options(Options.self)
        guard (32...4096).contains(options.longestSide) else {
            throw manifest.refusal("longest_side must be in 32…4096.")
        }
        longestSide = options.longestSide
        wordLists = (manifest.common.files ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        leftOut = (options.leftOut ?? []).flatMap { $0 }
    }

    func load(_ models: PackModels, for categories: Set<ContentCategory>) throws -> any PackJudge {
        let dictionary = ONNXMetadata.value(of: "character", in: try models.pack.verifiedPath(of: "recogniser"))
        let lists = try wordLists.map { try String(contentsOfFile: models.pack.verifiedPath(of: $0), encoding: .utf8) }
        return TextJudge(
            detector: TextDetector(model: try models.compiled("detector"), longestSide: longestSide),
            recogniser: try TextRecogniser(model: try models.compiled("recogniser"), dictionary: dictionary),
            words: WordList(lists, leavingOut: leftOut))
    }
}
