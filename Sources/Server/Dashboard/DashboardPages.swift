import Base
import Foundation
import HTTPTypes
import Moderation
import Mustache
import Reports
import Store

/// Renders the dashboard's pages. The templates escape all values except `content` and `chart`, which are HTML.
struct DashboardPages: Sendable {
    private let library: MustacheLibrary

    /// - Parameter others: The templates of pages that are made elsewhere, by name.
    /// - Throws: An error if a template is malformed.
    init(with others: [String: [UInt8]]) throws {
        library = MustacheLibrary(
            templates: try [
                "page": PackageResources.page_mustache, "login": PackageResources.login_mustache,
                "list": PackageResources.list_mustache, "runs": PackageResources.runs_mustache,
                "run": PackageResources.run_mustache, "progress": PackageResources.progress_mustache,
                "problem": PackageResources.problem_mustache,
            ].merging(others) { $1 }.mapValues {
                try MustacheTemplate(string: String(decoding: $0, as: UTF8.self))
            })
    }

    // MARK: Whole pages

    /// - Parameters:
    ///   - token: The session's CSRF token, here and below.
    ///   - isOpen: Whether any key is accepted.
    func login(token: String, isOpen: Bool) -> Reply {
        page("login", title: "Log in", ["csrf": token, "isOpen": isOpen])
    }

    /// - Parameters:
    ///   - key: The name of the user's key, here and below.
    ///   - categories: The categories that can be selected.
    func list(_ runs: [JobSnapshot], key: String, token: String, categories: [String]) -> Reply {
        let choices = categories.map { name in
            ["name": name, "checked": ContentCategory.harmfulByDefault.contains(ContentCategory(rawValue: name))]
                as [String: Any]
        }
        return page("list", title: "Runs", ["key": key, "csrf": token, "tasks": choices].merging(list(runs)) { $1 })
    }

    /// - Parameter isNoted: Whether to confirm that feedback was stored.
    func run(_ run: JobSnapshot, _ result: ModerationResult, key: String, token: String, isNoted: Bool) -> Reply {
        let hits = result.frames.filter { $0.decision == .ko }.suffix(50).flatMap { frame in
            frame.rejectCriteria.map { category in
                [
                    "at": clock(frame.info.position), "position": frame.info.position, "category": category,
                    "score": percent(frame.scores[category] ?? 0),
                ] as [String: Any]
            }
        }
        var context: [String: Any] = [
            "key": key, "csrf": token, "uri": run.order.uri, "media": run.order.media, "hits": hits,
            "hasHits": !hits.isEmpty, "categories": result.categories.keys.sorted(),
            "positions": result.frames.suffix(1000).map {
                ["position": $0.info.position, "at": clock($0.info.position)] as [String: Any]
            },
            "isJudged": !result.frames.isEmpty, "isNoted": isNoted,
        ]
        context.merge(progress(run, result)) { $1 }
        return page("run", title: run.order.uri, context)
    }

    /// A page with a refusal.
    func problem(_ sentence: String, isLoggedIn: Bool) -> Reply {
        page("problem", title: "Error", ["sentence": sentence, "isLoggedIn": isLoggedIn])
    }

    /// A report page. It contains its own style and script, and the sandbox keeps it from the dashboard's cookies and
    /// pages.
    func report(_ html: String) -> Reply {
        let policy =
            "sandbox allow-scripts; default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
        return Self.reply("text/html; charset=utf-8", Data(html.utf8), policy: policy)
    }

    /// The style sheet.
    var style: Reply {
        let css =
            ReportPage.style + String(decoding: PackageResources.dashboard_css, as: UTF8.self)
            + String(decoding: PackageResources.review_css, as: UTF8.self)
        return Self.reply("text/css; charset=utf-8", Data(css.utf8))
    }

    /// The script.
    var script: Reply { Self.reply("text/javascript; charset=utf-8", Data(PackageResources.dashboard_js)) }

    // MARK: Updates

    /// The HTML of the list, for an update.
    func listPart(_ runs: [JobSnapshot]) -> String { library.render(list(runs), withTemplate: "runs") ?? "" }

    /// The HTML of a run's progress, for an update.
    func runPart(_ run: JobSnapshot, _ result: ModerationResult) -> String {
        library.render(progress(run, result), withTemplate: "progress") ?? ""
    }

    private func list(_ runs: [JobSnapshot]) -> [String: Any] {
        let rows = runs.map { run -> [String: Any] in
            [
                "media": run.order.media, "uri": run.order.uri, "state": run.stateWord,
                "decision": run.job.decision?.rawValue ?? "not yet", "class": run.job.decision?.rawValue ?? "",
                "images": run.job.progress.tally.total, "ko": run.job.progress.tally.ko,
                "started": UnixTime.spaced(run.job.started), "worker": run.listed.worker ?? "–",
                "since": since(run) ?? "–", "attempts": run.job.starts,
            ]
        }
        return ["runs": rows, "hasRuns": !rows.isEmpty]
    }

    private func progress(_ run: JobSnapshot, _ result: ModerationResult) -> [String: Any] {
        let tally = run.job.progress.tally
        var context: [String: Any] = [
            "decision": run.job.decision?.rawValue ?? "not yet decided", "class": run.job.decision?.rawValue ?? "",
            "state": run.stateWord, "isOngoing": run.job.status == .ongoing,
            "counts": "\(tally.total) pictures: \(tally.ok) OK, \(tally.ko) KO, \(tally.undetermined) undetermined",
            "chart": ReportPage.chart(result),
            "segments": result.segments.map { segment in
                [
                    "category": segment.category, "from": clock(segment.start), "to": clock(segment.end),
                    "count": segment.count, "peak": percent(segment.peak.probability),
                ] as [String: Any]
            }, "hasSegments": !result.segments.isEmpty,
        ]
        context["note"] = result.note
        if let worker = run.listed.worker, let since = since(run) {
            context["work"] = ["worker": worker, "since": since, "attempts": run.job.starts] as [String: Any]
        }
        return context
    }

    /// Since when somebody has the job; `nil` if nobody has.
    private func since(_ run: JobSnapshot) -> String? {
        run.listed.worker == nil ? nil : run.listed.taken.map { UnixTime.spaced($0) }
    }

    // MARK: Rendering

    func render(_ name: String, _ context: [String: Any]) -> String {
        library.render(context, withTemplate: name) ?? ""
    }

    func page(_ name: String, title: String, _ context: [String: Any]) -> Reply {
        let content = render(name, context)
        let whole = context.merging(["title": title, "content": content]) { $1 }
        return Self.reply("text/html; charset=utf-8", Data((library.render(whole, withTemplate: "page") ?? "").utf8))
    }

    private static let defaultPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'"

    static func reply(_ type: String, _ body: Data, policy: String = defaultPolicy) -> Reply {
        var headers: HTTPFields = [.cacheControl: "no-store", .contentSecurityPolicy: policy]
        for (name, value) in [("Referrer-Policy", "same-origin"), ("X-Frame-Options", "DENY")] {
            if let field = HTTPField.Name(name) { headers[field] = value }
        }
        return Reply(contentType: type, body: body, headers: headers)
    }

    private func clock(_ milliseconds: Int) -> String { ReportPage.clock(milliseconds) }
    private func percent(_ share: Double) -> String { ReportPage.percent(share) }
}
