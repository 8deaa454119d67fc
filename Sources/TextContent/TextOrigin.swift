import Foundation
import Moderation

/// Tells overlaid text from text that is part of the scene, using a single picture.
public enum TextOrigin {
    /// The largest tilt of an overlaid line, in degrees.
    private static let maxTilt = 0.8
    /// The share of the picture's height, at the top and at the bottom, where captions are placed.
    private static let edge = 0.1

    /// Guesses the origin of a line of text.
    ///
    /// A line is artificial if it is level and centered near the top or bottom edge, or if it is about the picture: a
    /// copyright notice, a date, or the address of a site. This is a weak test: it finds about half of all overlaid lines,
    /// and takes about one in thirty lines of the scene for one.
    /// - Parameters:
    ///   - text: The line.
    ///   - personal: The personal data found in it.
    ///   - corners: Top left, top right, bottom right, bottom left, in pixels.
    ///   - width: The width of the picture, in pixels.
    ///   - height: The height of the picture, in pixels.
    public static func inOnePicture(
        text: String, personal: [TextLine.PersonalDatum], corners: [(x: Double, y: Double)], width: Double,
        height: Double
    ) -> TextLine.Origin {
        if isAboutPicture(text, personal) { return .artificial }
        guard corners.count == 4 else { return .natural }
        let tilt = max(tilt(from: corners[0], to: corners[1]), tilt(from: corners[3], to: corners[2]))
        let middle = corners.reduce(0) { $0 + $1.y } / 4 / height
        return tilt <= maxTilt && (middle <= edge || middle >= 1 - edge) ? .artificial : .natural
    }

    private static func isAboutPicture(_ text: String, _ personal: [TextLine.PersonalDatum]) -> Bool {
        if text.contains("©") || personal.contains(where: { $0.kind == .url }) { return true }
        let words = Folding.fold(text.prefix(Folding.maxLength)).split { !$0.isLetter }
        return words.contains("copyright") || words.contains("photo") || text.contains(date)
    }

    private static var date: Regex<Substring> {
        #/\b(?:(?:19|20)\d\d[.\/\-]\d{1,2}[.\/\-]\d{1,2}|\d{1,2}[.\/\-]\d{1,2}[.\/\-](?:19|20)?\d\d)\b/#
    }

    /// Degrees from horizontal. Corners are whole pixels, so a rise of one pixel counts as level.
    private static func tilt(from: (x: Double, y: Double), to: (x: Double, y: Double)) -> Double {
        let rise = max(abs(to.y - from.y) - 1, 0)
        return abs(atan2(rise, abs(to.x - from.x))) * 180 / .pi
    }
}
