import Base
import Batches
import Foundation
import Moderation
import Pipeline
import Synchronization

/// One line on a terminal, redrawn at most ten times a second. Prints nothing in a pipe.
final class ProgressBar: Sendable {
    let isShown: Bool
    private let began = ContinuousClock().now
    private let lastDrawn = Mutex<ContinuousClock.Instant?>(nil)

    init(quiet: Bool) { isShown = !quiet && isatty(STDERR_FILENO) == 1 }

    func show(_ progress: RunProgress) {
        let tally = progress.tally
        let seconds = (ContinuousClock().now - began).inSeconds
        let speed = Double(progress.position) / 1000 / max(seconds, 0.001)
        var text = "\(tally.total) samples  \(String(format: "%.0f", speed))×  OK \(tally.ok)  KO \(tally.ko)"
        if tally.undetermined > 0 { text += "  undetermined \(tally.undetermined)" }
        show(text)
    }

    /// Shows how far a batch is.
    func show(_ meter: BatchMeter) {
        draw { seconds in
            let now = meter.reading
            var text = "\(now.done)" + (now.total.map { " of \($0)" } ?? "") + " inputs"
            if now.failed > 0 { text += ", \(now.failed) failed" }
            text +=
                "  \(now.pictures) samples  \(String(format: "%.0f", Double(now.length) / 1000 / max(seconds, 0.001)))×"
            if let total = now.total, now.judged > 0, total > now.done {
                // What was judged before takes no time.
                let left = seconds / Double(now.judged) * Double(total - now.done)
                text += "  \(Timecode(milliseconds: Int(min(left, 1e9)) * 1000).short) left"
            }
            return text
        }
    }

    func show(_ text: String) { draw { _ in text } }

    /// - Parameter text: Makes the text, given the seconds since the beginning. Not called if it is not due.
    private func draw(_ text: (Double) -> String) {
        guard isShown else { return }
        let now = ContinuousClock().now
        let isDue = lastDrawn.withLock { last in
            if let last, now - last < .milliseconds(100) { return false }
            last = now
            return true
        }
        if isDue { FileHandle.standardError.write(Data("\r\u{1B}[K\(text((now - began).inSeconds))".utf8)) }
    }

    func clear() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
