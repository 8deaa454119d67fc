import Base
import Moderation
import Reports
import Store

/// What the card of a case shows.
struct ReviewCard {
    let known: StoredCase
    /// The positions of thumbnails, in order.
    let strip: [Int]
    /// Whether the picture to look at is kept.
    let hasStill: Bool
    /// The run that it is part of; `nil` if it is no longer stored.
    let run: ModerationResult?
    let query: ReviewQuery
    let token: String
    /// What can be said to be there.
    let categories: [ContentCategory]

    /// Those of `positions` that are nearest to one, in order.
    static func nearest(_ positions: [Int], to position: Int, count: Int) -> [Int] {
        positions.sorted { abs($0 - position) < abs($1 - position) }.prefix(count).sorted()
    }

    /// For the template.
    var context: [String: Any] {
        let (found, medium) = (known.found, known.medium)
        var context: [String: Any] = [
            "id": known.id, "csrf": token, "hidden": query.hidden, "media": medium.media, "uri": medium.uri,
            "reference": medium.reference, "hasReference": !medium.reference.isEmpty, "key": medium.key,
            "isLive": medium.isLive, "why": found.reason.words,
            "title": found.category?.rawValue ?? found.reason.words,
            "from": ReportPage.clock(found.start), "to": ReportPage.clock(found.end), "peak": found.peak,
            "at": ReportPage.clock(found.peak), "found": UnixTime.spaced(known.created),
            "hasStill": hasStill, "scores": scores, "choices": choices, "isOpen": !known.state.isDecided,
            "class": found.reason == .ko ? "KO" : "UNDETERMINED",
            "strip": strip.map { position in
                [
                    "id": known.id, "position": position, "at": ReportPage.clock(position),
                    "isPeak": position == found.peak,
                ] as [String: Any]
            }, "hasStrip": !strip.isEmpty,
        ]
        if let probability = found.probability { context["probability"] = ReportPage.percent(probability) }
        context["standing"] = found.standing?.rawValue
        context["failure"] = found.failure
        if let run, !run.frames.isEmpty {
            context["chart"] = ReportPage.chart(run)
            context["mark"] = mark(end: max(run.end, found.end, 1))
        }
        return context
    }

    private var scores: [[String: Any]] {
        known.found.scores.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(8).map {
            ["name": $0.key.rawValue, "score": ReportPage.percent($0.value)]
        }
    }

    private var choices: [[String: Any]] {
        let likeliest = known.found.category ?? known.found.scores.max { $0.value < $1.value }?.key
        return categories.map { ["name": $0.rawValue, "isChosen": $0 == likeliest] }
    }

    /// Where in the whole medium the case is, as wide as the chart.
    private func mark(end: Int) -> String {
        func x(_ position: Int) -> Int { 1000 * position / end }
        let (start, width) = (x(known.found.start), max(3, x(known.found.end) - x(known.found.start)))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 8" role="img" class="chart"><title>this part</title>\
            <rect class="ground" width="1000" height="8"/><rect class="mark" x="\(start)" width="\(width)" height="8"/></svg>
            """
    }
}
