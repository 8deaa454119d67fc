import Foundation

/// Formats a position in a video, or a duration.
package struct Timecode {
    private let hours, minutes, seconds, thousandths: Int

    /// - Parameter milliseconds: 0 or more.
    package init(milliseconds: Int) {
        (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
        (seconds, thousandths) = (milliseconds / 1000 % 60, milliseconds % 1000)
    }

    private var fraction: String { String(format: ".%03d", thousandths) }

    /// `0:02:03`, rounded down to the second.
    package var toTheSecond: String { String(format: "%d:%02d:%02d", hours, minutes, seconds) }

    /// `00:02:03.450`.
    package var padded: String { String(format: "%02d:%02d:%02d", hours, minutes, seconds) + fraction }

    /// `2:03.450`, `1:02:03.450`.
    package var exact: String { clock + fraction }

    /// Milliseconds only if they are not 0: `2:03`, `2:03.450`, `1:02:03`.
    package var short: String { thousandths == 0 ? clock : exact }

    private var clock: String { hours > 0 ? toTheSecond : String(format: "%d:%02d", minutes, seconds) }

    /// `123.450`.
    package var inSeconds: String { "\(hours * 3600 + minutes * 60 + seconds)" + fraction }
}
