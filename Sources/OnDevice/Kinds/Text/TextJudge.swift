import Moderation
import TextContent

/// Finds and reads the lines of text in a picture and judges what they say.
struct TextJudge: PackJudge {
    /// The most lines read in one picture; the largest count. This bounds the time that a page of small print takes,
    /// and how long stopping a run waits for it. If lines remain unread, categories that no read line shows are
    /// unknown.
    static let maxLines = 100
    /// The longest side, in pixels, of the picture that lines are cut from.
    private static let sideForLines = 2000
    /// Lines read with less confidence are not taken for text.
    private static let leastConfidence = 0.5

    let detector: TextDetector
    let recogniser: TextRecogniser
    let words: WordList

    var longestSide: Int? { Self.sideForLines }

    func judge(_ still: any Picture, for categories: Set<ContentCategory>) throws -> Judgement {
        let (regions, areAllRegions) = try detector.regions(in: still)
        // Most pictures have no text; do not convert them a second time.
        guard !regions.isEmpty else { return Self.judgement([], areAll: areAllRegions) }
        let picture = try RGBPicture(of: still, longestSide: Self.sideForLines)
        let personal = PersonalDataFinder()
        var lines: [TextLine] = []
        let all = regions.compactMap { LineCrop($0, width: picture.width, height: picture.height) }
        let largest = all.sorted { $0.area > $1.area }.prefix(Self.maxLines)
        for crop in LineCrop.inReadingOrder(Array(largest)) {
            let (text, confidence) = try recogniser.read(crop, of: picture)
            guard confidence >= Self.leastConfidence, isText(text, crop, in: picture) else { continue }
            lines.append(line(text, confidence, crop, of: picture, personal))
        }
        return Self.judgement(lines, areAll: areAllRegions && largest.count == all.count)
    }

    /// Whether this is text. A single character that nearly fills the picture is usually some round or straight object.
    private func isText(_ text: String, _ crop: LineCrop, in picture: RGBPicture) -> Bool {
        switch text.count(where: { !$0.isWhitespace }) {
        case 0: false
        case 1: 2 * crop.shorterSide < min(picture.width, picture.height)
        default: true
        }
    }

    private func line(
        _ text: String, _ confidence: Double, _ crop: LineCrop, of picture: RGBPicture, _ personal: PersonalDataFinder
    ) -> TextLine {
        let found = personal.find(in: text)
        let (width, height) = (Double(picture.width), Double(picture.height))
        return TextLine(
            text: text, confidence: confidence,
            corners: crop.corners.map { Face.Point(x: $0.x / width, y: $0.y / height) },
            origin: TextOrigin.inOnePicture(
                text: text, personal: found, corners: crop.corners.map { ($0.x, $0.y) }, width: width, height: height),
            profanity: words.find(in: text), personal: found)
    }

    /// - Parameter areAll: Whether every line was read. Unread lines may show anything, so a category that no line
    ///   shows is not reported if there are some.
    private static func judgement(_ lines: [TextLine], areAll: Bool) -> Judgement {
        var findings = Findings()
        findings.lines = lines
        let probabilities = TextLine.probabilities(of: lines).filter { areAll || $0.value > 0 }
        return Judgement(probabilities: probabilities, findings: findings)
    }
}
