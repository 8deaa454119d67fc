import Base
import Moderation

/// WebPurify's categories, as in the parameter `cats`.
public enum WebPurifyCats {
    /// The default of `cats`. Not documented, but expected by clients that leave it out.
    public static let standard = "nudity"

    private static let categories: [String: [ContentCategory]] = [
        "nudity": ModerationTask.nudity.categories,
        "wad": [.weapon, .alcohol, .drugs],
        "offensive": [.offensive],
        "gore": [.gore],
        "celebrities": [.celebrity],
        "text": [.textArtificial, .textNatural],
        "ocr": [.textProfanity],
        "faces": [.face, .genderFemale, .minor, .sunglasses],
        "scam": [.scam],
    ]

    /// Parses the categories of a request.
    /// - Parameter text: Names in either case, separated by commas.
    /// - Returns: Each category once.
    /// - Throws: `TaskError.unknown`, or `TaskError.none` if no category is named.
    public static func list(_ text: String) throws(TaskError) -> [ModerationTask] {
        try TaskNames.tasks(TaskNames.split(text.lowercased()), of: categories)
    }
}

extension WebPurifyAnswer {
    /// Converts a judgement for the requested categories. Those that were not judged are missing.
    /// - Parameter filtersText: Whether to report profanity in recognized text. Default false.
    public init(_ judgement: Judgement, tasks: [ModerationTask], filtersText: Bool = false) {
        self.init()
        categories = tasks.count
        let percent = judgement.probabilities.mapValues { ($0 * 100).rounded(decimals: 2) }
        let asked = Set(tasks.map(\.name))
        if asked.contains("nudity"), let explicit = percent[.nudityExplicit] {
            let partial = min(percent[.nuditySuggestive] ?? 0, 100 - explicit)
            (nudity, partialNudity) = (explicit, partial)
            safe = (100 - explicit - partial).rounded(decimals: 2)
        }
        if asked.contains("wad") {
            (weapon, alcohol, drugs) = (percent[.weapon], percent[.alcohol], percent[.drugs])
        }
        if asked.contains("offensive") {
            offensive = percent[.offensive] ?? [percent[.hate], percent[.gesture]].compactMap { $0 }.max()
        }
        if asked.contains("gore") { gore = percent[.gore] }
        if asked.contains("scam") { scam = percent[.scam] }
        if asked.contains("text") {
            (artificialText, naturalText) = (percent[.textArtificial], percent[.textNatural])
        }
        if asked.contains("ocr") {
            ocrText = judgement.findings.lines.map { $0.map(\.text).joined(separator: " ") }
            if filtersText, let profanity = percent[.textProfanity] {
                tell(profanity, in: judgement.findings.lines ?? [])
            }
        }
        if asked.contains("faces"), let found = judgement.findings.faces { faces = Faces(found, percent) }
        if asked.contains("celebrities"), percent[.celebrity] != nil {
            celebrities = (judgement.findings.faces ?? []).flatMap { $0.celebrities ?? [] }
                .sorted { $0.probability > $1.probability }
                .map { Celebrity(name: $0.name.lowercased(), prob: ($0.probability * 100).rounded(decimals: 2)) }
        }
    }

    private mutating func tell(_ profanity: Double, in lines: [TextLine]) {
        ocrProfanity = profanity >= 50 ? 1 : 0
        let words = lines.flatMap(\.profanity).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        if profanity >= 50, !words.isEmpty { ocrProfanityWords = words.joined(separator: ",") }
    }

    /// The answer in unified categories.
    public var judgement: Judgement {
        var found: [ContentCategory: Double] = [
            .nudityExplicit: nudity, .nuditySuggestive: partialNudity, .nudityAny: safe.map { 100 - $0 },
            .weapon: weapon, .alcohol: alcohol, .drugs: drugs, .offensive: offensive, .gore: gore, .scam: scam,
            .textArtificial: artificialText, .textNatural: naturalText, .genderFemale: faces?.female,
            .minor: faces?.minor, .sunglasses: faces?.sunglasses, .celebrity: celebrities?.map(\.prob).max(),
        ].compactMapValues { $0.map { $0 / 100 } }
        if faces?.isEmpty == false { found[.face] = 1 }
        if let ocrProfanity { found[.textProfanity] = ocrProfanity > 0 ? 1 : 0 }
        return Judgement(probabilities: found)
    }
}

extension WebPurifyAnswer.Faces {
    var isEmpty: Bool { female == nil && male == nil && minor == nil && sunglasses == nil }

    /// Combines all faces. Returns `nil` if there are none.
    init?(_ faces: [Face], _ percent: [ContentCategory: Double]) {
        guard !faces.isEmpty else { return nil }
        let woman = percent[.genderFemale]
        self.init(
            female: woman, male: woman.map { (100 - $0).rounded(decimals: 2) }, minor: percent[.minor],
            sunglasses: percent[.sunglasses])
    }
}
