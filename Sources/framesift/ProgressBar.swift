import Base
import Foundation
import Moderation
import Pipeline
import Synchronization

/// One line on a terminal, redrawn at most ten times a second. Prints nothing in a pipe.
final class ProgressBar: Sendable {
    private let isShown: Bool
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

    func show(_ text: String) {
        guard isShown else { return }
        let now = ContinuousClock().now
        let isDue = lastDrawn.withLock { last in
            if let last, now - last < .milliseconds(100) { return false }
            last = now
            return true
        }
        if isDue { FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8)) }
    }

    func clear() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
