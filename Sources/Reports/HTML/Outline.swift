import Base
import Foundation
import Moderation

/// Something found in a picture, for the page's script to draw: an array of kind, label, and the left, top, right and
/// bottom edges in fractions of the picture.
struct Outline: Encodable {
    /// Names of CSS classes. The inside of `part` is blurred.
    enum Kind: String, Encodable { case part, view, known, face, hand, line }

    /// The most outlines drawn on one still. Body parts are always drawn.
    private static let maxCount = 40
    /// In characters.
    private static let maxLabelLength = 80

    let kind: Kind
    let label: String
    let box: Box

    /// `nil` if the box lies outside of the picture.
    private init?(_ kind: Kind, _ box: Box, _ words: [String?]) {
        func inside(_ edge: Double) -> Double { min(1, max(0, edge)).rounded(decimals: 3) }
        let box = Box(x1: inside(box.x1), y1: inside(box.y1), x2: inside(box.x2), y2: inside(box.y2))
        guard box.x2 > box.x1, box.y2 > box.y1 else { return nil }
        self.kind = kind
        self.box = box
        label = String(words.compactMap { $0 }.joined(separator: ", ").prefix(Self.maxLabelLength))
    }

    static func all(of findings: Findings) -> [Outline] {
        let parts = (findings.parts ?? []).map { part in
            let name = part.label.replacingOccurrences(of: "_", with: " ")
            return Outline(.part, part.box, [share(name, part.confidence)])
        }
        let views = (findings.views ?? []).map { view in
            Outline(.view, view.box, [share(view.category.rawValue, view.probability)])
        }
        // Known content matches whole pictures.
        let known = findings.known?.match.map { match in
            Outline(.known, Box(x1: 0, y1: 0, x2: 1, y2: 1), ["\(match.list), line \(match.line)"])
        }
        let hands = (findings.hands ?? []).map { hand in
            Outline(.hand, hand.box, ["hand", share("gesture", hand.gesture)])
        }
        let lines = (findings.lines ?? []).map { Outline(.line, $0.box, [$0.text]) }
        let others = views + [known ?? nil] + (findings.faces ?? []).map(outline) + hands + lines
        // Body parts are not limited, because each has to be blurred.
        let bodies = parts.compactMap { $0 }
        return bodies + others.compactMap { $0 }.prefix(max(0, maxCount - bodies.count))
    }

    private static func outline(of face: Face) -> Outline? {
        let box = Box(x1: face.x1, y1: face.y1, x2: face.x2, y2: face.y2)
        let gender = face.female.map { $0 >= 0.5 ? share("female", $0) : share("male", 1 - $0) }
        let age = face.age.map { String(format: "about %.0f years", $0) } ?? face.minor.map { share("minor", $0) }
        let name = face.celebrities?.first.map { share($0.name, $0.probability) }
        return Outline(.face, box, [name ?? "face", gender, age])
    }

    private static func share(_ what: String, _ probability: Double) -> String {
        what + String(format: " %.0f %%", 100 * probability)
    }

    func encode(to encoder: any Encoder) throws {
        var array = encoder.unkeyedContainer()
        try array.encode(kind)
        try array.encode(label)
        try array.encode(contentsOf: [box.x1, box.y1, box.x2, box.y2])
    }
}
