import Base
import Foundation
import Moderation
import Pipeline
import Reports
import Runtime
import Synchronization

/// Prints live events: as JSON lines in a pipe, as a table that is redrawn on a terminal.
///
/// Lines are written one after the other on a thread of their own, and the watch waits for them. If the reader is too
/// slow, judging slows down, which is reported, and nothing piles up here.
final class EventPrinter: Sendable {
    private let isTable: Bool
    private let writing = BlockingThreads(count: 1, name: "framesift events")
    private let table = Mutex(LiveTable())
    private let isDrawing = Atomic(false)

    init(showsTable: Bool) {
        isTable = showsTable && isatty(STDOUT_FILENO) == 1
    }

    var listener: WatchListener {
        WatchListener(
            event: { [self] event in await print(event) }, status: { [self] status in note(status) })
    }

    private func print(_ event: LiveEvent) async {
        if isTable {
            let text = table.withLock { $0.hear(event) }
            if let text { await write(Data(text.utf8)) }
            return
        }
        guard let line = try? LiveEventReport(event).line() else { return }
        await write(line)
    }

    private func note(_ status: StreamStatus) {
        guard isTable else { return }
        let text = table.withLock { $0.note(status, at: ContinuousClock.now) }
        // While the terminal is still drawing, updates are skipped; the next table includes them.
        guard let text, isDrawing.exchange(true, ordering: .relaxed) == false else { return }
        Task {
            await write(Data(text.utf8))
            isDrawing.store(false, ordering: .relaxed)
        }
    }

    private func write(_ data: Data) async {
        try? await writing.run { try FileHandle.standardOutput.write(contentsOf: data) }
    }

    /// Returns once everything is written.
    func finish() async {
        await writing.run {}
        writing.close()
    }
}

/// A table with a row for each stream, redrawn in place at most twice a second.
struct LiveTable {
    private struct Row {
        var status: StreamStatus
        var rate = 0.0
        var packets = 0
        var since: ContinuousClock.Instant
    }
    private var rows: [String: Row] = [:]
    private var drawn = 0
    private var lastDrawn: ContinuousClock.Instant?

    /// The text to print now, if it is time to redraw.
    mutating func note(_ status: StreamStatus, at now: ContinuousClock.Instant) -> String? {
        var row = rows[status.stream] ?? Row(status: status, since: now)
        let elapsed = (now - row.since).inSeconds
        if elapsed >= 2 {
            row.rate = Double(status.packetsRead - row.packets) / elapsed
            (row.packets, row.since) = (status.packetsRead, now)
        }
        row.status = status
        rows[status.stream] = row
        if let lastDrawn, now - lastDrawn < .milliseconds(500) { return nil }
        lastDrawn = now
        return draw()
    }

    /// Prints a summary above the table, where it remains.
    mutating func hear(_ event: LiveEvent) -> String? {
        guard case .summary(let summary) = event.content else { return nil }
        let line =
            "\(event.stream): \(summary.decision.rawValue), \(summary.tally.total) samples, \(summary.segments) segments"
            + (summary.reason.map { " (\($0))" } ?? "")
        rows[event.stream] = nil
        let clear = drawn > 0 ? "\u{1B}[\(drawn)A\u{1B}[J" : ""
        drawn = 0
        return clear + line + "\n" + draw()
    }

    private mutating func draw() -> String {
        var lines = [Self.line("stream", "state", "fps in", "sampled", "OK", "KO", "lag", "last hit")]
        for (name, row) in rows.sorted(by: { $0.key < $1.key }) {
            let tally = row.status.tally
            lines.append(
                Self.line(
                    name, row.status.state.rawValue, String(format: "%.1f", row.rate), "\(tally.total)", "\(tally.ok)",
                    "\(tally.ko)", row.status.lag.map { "\($0) ms" } ?? "–",
                    row.status.lastHit.map { Timecode(milliseconds: $0).toTheSecond } ?? "–"))
        }
        let up = drawn > 0 ? "\u{1B}[\(drawn)A\u{1B}[J" : ""
        drawn = lines.count
        return up + lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ cells: String...) -> String {
        let widths = [32, 13, 7, 9, 8, 8, 9, 10]
        return zip(cells, widths).map { cell, width in
            let shown = cell.count > width ? "…" + cell.suffix(width - 1) : cell
            return shown + String(repeating: " ", count: width - shown.count)
        }.joined(separator: " ")
    }
}
