import Base
import Foundation
import HTTPTypes
import Moderation
import Reports
import Store

/// The pages of the review queue.
extension DashboardPages {
    /// The templates of this part.
    static var reviewTemplates: [String: [UInt8]] {
        [
            "review": PackageResources.review_mustache, "card": PackageResources.card_mustache,
            "nocard": PackageResources.nocard_mustache, "arrivals": PackageResources.arrivals_mustache,
            "reviewed": PackageResources.reviewed_mustache, "decided": PackageResources.decided_mustache,
            "note": PackageResources.note_mustache, "statistics": PackageResources.statistics_mustache,
        ]
    }

    /// The script.
    var reviewScript: Reply { Self.reply("text/javascript; charset=utf-8", Data(PackageResources.review_js)) }

    /// The queue with a card, and the one after it.
    func review(
        _ first: ReviewCard?, _ second: ReviewCard?, _ query: ReviewQuery, _ counts: ReviewCounts, key: String,
        token: String
    ) -> Reply {
        var context: [String: Any] = [
            "key": key, "csrf": token, "hidden": query.hidden, "query": query.path.dropFirst("/review".count),
            "category": query["category"], "probability": query["probability"], "hours": query["hours"],
            "key_name": query["key_name"], "reference": query["reference"], "isFiltered": !query.hidden.isEmpty,
            "reasons": ReviewCase.Reason.allCases.map {
                ["name": $0.rawValue, "words": $0.words, "isChosen": query["reason"] == $0.rawValue] as [String: Any]
            },
            "orders": ReviewFilter.Order.allCases.map {
                ["name": $0.rawValue, "isChosen": query.filter.order == $0] as [String: Any]
            },
        ]
        context["first"] = first?.context
        context["second"] = second?.context
        context.merge(arrivals([], counts)) { $1 }
        return page("review", title: "Review", context)
    }

    /// A card alone.
    func card(_ card: ReviewCard) -> Reply { part("card", card.context) }

    /// What is shown if no card waits.
    var noCard: Reply { part("nocard", [:]) }

    /// The HTML of the counts and of new cases of live streams, for an update.
    func arrivalsPart(_ cases: [StoredCase], _ counts: ReviewCounts) -> String {
        render("arrivals", arrivals(cases, counts))
    }

    private func arrivals(_ cases: [StoredCase], _ counts: ReviewCounts) -> [String: Any] {
        [
            "waiting": counts.waiting, "escalated": counts.escalated, "hasEscalated": counts.escalated > 0,
            "arrivals": cases.map(line), "hasArrivals": !cases.isEmpty,
        ]
    }

    private func line(_ known: StoredCase) -> [String: Any] {
        [
            "id": known.id, "title": known.found.category?.rawValue ?? known.found.reason.words,
            "at": ReportPage.clock(known.found.peak), "uri": known.medium.uri, "why": known.found.reason.words,
            "probability": known.found.probability.map(ReportPage.percent) ?? "", "state": known.state.rawValue,
            "by": known.decidedBy ?? "", "when": known.decided.map(UnixTime.spaced) ?? "",
        ]
    }

    /// A case with its trail.
    func reviewed(_ card: ReviewCard, _ steps: [ReviewStep], mayErase: Bool, key: String, token: String) -> Reply {
        let rows = steps.map {
            [
                "at": UnixTime.spaced($0.at), "actor": $0.actor, "action": $0.action, "before": $0.before,
                "after": $0.after, "note": $0.note,
            ]
        }
        return page(
            "reviewed", title: "Case",
            [
                "key": key, "csrf": token, "id": card.known.id, "state": card.known.state.rawValue,
                "first": card.context, "steps": rows, "isDecided": card.known.state.isDecided, "mayErase": mayErase,
            ])
    }

    /// Decided cases.
    func decided(_ cases: [StoredCase], key: String, token: String) -> Reply {
        page(
            "decided", title: "Decided cases",
            ["key": key, "csrf": token, "cases": cases.map(line), "hasCases": !cases.isEmpty])
    }

    /// How right the judge was.
    /// - Parameter sections: HTML, one a category.
    func statistics(_ sections: [String], decisions: Int, key: String, token: String) -> Reply {
        page(
            "statistics", title: "Statistics",
            [
                "key": key, "csrf": token, "decisions": decisions, "sections": sections.joined(),
                "hasDecisions": decisions > 0,
            ])
    }

    /// A page that says that something was done.
    func note(_ title: String, _ sentence: String, key: String, token: String) -> Reply {
        page("note", title: title, ["key": key, "csrf": token, "sentence": sentence])
    }

    /// A picture.
    func jpeg(_ data: Data) -> Reply {
        var reply = Self.reply("image/jpeg", data)
        // It never changes, and cards show it again; nobody else may keep it.
        reply.headers[.cacheControl] = "private, max-age=600"
        return reply
    }

    private func part(_ name: String, _ context: [String: Any]) -> Reply {
        Self.reply("text/html; charset=utf-8", Data(render(name, context).utf8))
    }
}

extension ReviewCase.Reason {
    /// The reason for people.
    var words: String {
        switch self {
        case .ko: "above the threshold"
        case .doubt: "in the doubtful band"
        case .undetermined: "not judged"
        case .sample: "drawn at random"
        }
    }
}
