import Foundation
import HTTPTypes
import Hummingbird
import Store

/// The web pages: a list of runs with a form to submit more, and each run with its report and a form for feedback.
/// Users log in with an API key and see what was submitted with it. A run is a job.
struct Dashboard: Dialect {
    let name = DialectName.dashboard
    let context: ServerContext
    let sessions: Sessions
    /// Triggers updates of open pages.
    let changes: JobChanges
    /// Triggers updates of the review queue.
    let caseChanges: JobChanges
    let pages: DashboardPages
    /// Limits the login attempts of all users together.
    let logins = Allowance(rate: 5, concurrency: nil)

    /// The most runs on the list.
    static let maxRuns = 100

    /// - Parameter templates: The templates of pages that are made elsewhere, by name.
    /// - Throws: An error if a page template is malformed.
    init(
        context: ServerContext, changes: JobChanges, caseChanges: JobChanges, sessions: Sessions,
        templates: [String: [UInt8]]
    ) throws {
        self.context = context
        self.changes = changes
        self.caseChanges = caseChanges
        self.sessions = sessions
        pages = try DashboardPages(with: templates)
    }

    var routes: [Route] {
        func page(_ path: String, handle: @escaping Route.Handler) -> Route {
            Route(dialect: self, path: path, methods: [.get, .head], handle: handle)
        }
        func action(_ path: String, handle: @escaping Route.Handler) -> Route {
            Route(dialect: self, path: path, methods: [.post], handle: handle)
        }
        return [
            page("/", handle: list),
            Route(
                dialect: self, path: "/login", methods: [.get, .head, .post],
                handle: { $0.method == .post ? try await logIn($0) : try await loginPage($0) }),
            action("/logout", handle: logOut),
            Route(
                dialect: self, path: "/runs", methods: [.post],
                limits: .video(bytes: context.options.maxVideoBytes, fields: ["media"]),
                open: { call in
                    _ = try await loggedIn(call.headers)
                    return submit
                }),
            page("/runs/{media}", handle: show),
            page("/runs/{media}/report", handle: report),
            action("/runs/{media}/stop", handle: stop),
            action("/runs/{media}/feedback", handle: feedback),
            page("/dashboard.css") { _ in pages.style },
            page("/dashboard.js") { _ in pages.script },
        ]
    }

    /// Does nothing: pages check the session themselves.
    func check(_ call: Call) throws(Refusal) {}

    func reply(to refusal: Refusal, call: Call?) async throws -> Reply {
        if refusal == .loggedOut { return Self.redirect("/login") }
        var isLoggedIn = false
        if let call { isLoggedIn = (try? await loggedIn(call.headers)) != nil }
        var reply = pages.problem(refusal.sentence, isLoggedIn: isLoggedIn)
        reply.status =
            switch refusal {
            case .missingKey, .unknownKey, .inactiveKey, .keyNotForDialect, .expiredForm, .review(.missingRole):
                .forbidden
            case .review(.problem(.gone)): .gone
            case .review(.noQueue), .review(.unknownCase): .notFound
            case .review: .conflict
            case .tooManyRequests, .tooManyJobs, .quotaSpent: .tooManyRequests
            case .overloaded, .tooSlow: .serviceUnavailable
            case .unknownMedia, .unknownPath: .notFound
            case .wrongMethod: .methodNotAllowed
            case .tooLarge: .contentTooLarge
            case .failure: .internalServerError
            default: .badRequest
            }
        return reply
    }

    /// Sends the browser to another page of the dashboard.
    static func redirect(_ path: String) -> Reply {
        Reply(
            status: .seeOther, contentType: "text/plain", body: Data(),
            headers: [.location: path, .cacheControl: "no-store"])
    }
}
