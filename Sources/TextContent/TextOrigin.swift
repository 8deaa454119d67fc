import Foundation
import Moderation

/// Whether text is laid over a picture or part of the scene, as far as one picture tells.
public enum TextOrigin {
    /// Degrees by which lines that are laid over pictures are off the level, at most.
    private static let mostTilt = 0.8
    /// Share of the picture's height at its upper and its lower edge where captions stand.
    private static let edge = 0.1

    /// Artificial where a level line is centred near the upper or lower edge, or where the line says that it is about the
    /// picture: a sign of copyright, a date, the address of a site. Weak: about half of what is laid over pictures, and
    /// one line in thirty of what is in them.
    /// - Parameters:
    ///   - corners: Top left, top right, bottom right, bottom left, in pixels.
    ///   - width: Of the picture, pixels.
    ///   - height: Of the picture, pixels.
    public static func inOnePicture(
        text: String, personal: [TextLine.PersonalDatum], corners: [(x: Double, y: Double)], width: Double,
        height: Double
    ) -> TextLine.Origin {
        if isAboutPicture(text, personal) { return .artificial }
        guard corners.count == 4 else { return .natural }
        let tilt = max(tilt(from: corners[0], to: corners[1]), tilt(from: corners[3], to: corners[2]))
        let middle = corners.reduce(0) { $0 + $1.y } / 4 / height
        return tilt <= mostTilt && (middle <= edge || middle >= 1 - edge) ? .artificial : .natural
    }

    private static func isAboutPicture(_ text: String, _ personal: [TextLine.PersonalDatum]) -> Bool {
        if text.contains("©") || personal.contains(where: { $0.kind == .url }) { return true }
        let words = Folding.fold(text.prefix(Folding.longest)).split { !$0.isLetter }
        return words.contains("copyright") || words.contains("photo") || text.contains(date)
    }

    private static var date: Regex<Substring> {
        #/\b(?:(?:19|20)\d\d[.\/\-]\d{1,2}[.\/\-]\d{1,2}|\d{1,2}[.\/\-]\d{1,2}[.\/\-](?:19|20)?\d\d)\b/#
    }

    /// Degrees off the level; corners are whole pixels, so one pixel is none.
    private static func tilt(from: (x: Double, y: Double), to: (x: Double, y: Double)) -> Double {
        let rise = max(abs(to.y - from.y) - 1, 0)
        return abs(atan2(rise, abs(to.x - from.x))) * 180 / .pi
    }
}
