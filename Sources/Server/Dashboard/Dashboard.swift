import Foundation
import FrameSampling
import HTTPTypes
import Hummingbird
import Moderation
import Reports
import Runtime
import Store

/// The pages for people: runs with their state and decision, each run's segments and report, and a form to submit more.
/// Whoever has a key logs in with it, and sees what was submitted with it.
struct Dashboard: Dialect {
    let name = DialectName.dashboard
    let context: ServerContext
    let sessions: Sessions
    let changes: JobChanges
    let pages: DashboardPages
    /// Tries to log in, of everybody together.
    private let logins = Allowance(rate: 5, atOnce: nil)

    static let mostRuns = 100
    static let cookie = "framesift_session"

    init(context: ServerContext, changes: JobChanges, sessions: Sessions) throws {
        self.context = context
        self.changes = changes
        self.sessions = sessions
        pages = try DashboardPages()
    }

    var routes: [Route] {
        let upload = FormLimits(
            fileBytes: context.maxVideoBytes, keepsSmallFilesInMemory: false, fileFields: ["media"])
        func route(
            _ path: String, _ methods: HTTPRequest.Method..., handle: @escaping Route.Handler
        ) -> Route {
            Route(
                dialect: self, path: path, methods: methods, limits: FormLimits(fileBytes: 0, fileFields: []),
                summary: "", parameters: [], handle: handle)
        }
        return [
            route("/", .get, .head, handle: list),
            route("/login", .get, .head, .post) { $0.method == .post ? try await logIn($0) : loginPage($0) },
            route("/logout", .post, handle: logOut),
            Route(
                dialect: self, path: "/runs", methods: [.post], limits: upload, summary: "", parameters: [],
                open: { call in
                    _ = try loggedIn(call.headers)
                    return submit
                }),
            route("/runs/{media}", .get, .head, handle: show),
            route("/runs/{media}/report", .get, .head, handle: report),
            route("/runs/{media}/stop", .post, handle: stop),
            route("/runs/{media}/feedback", .post, handle: feedback),
            route("/dashboard.css", .get, .head) { _ in pages.style },
            route("/dashboard.js", .get, .head) { _ in pages.script },
        ]
    }

    func reply(to refusal: Refusal, call: Call?) throws -> Reply {
        if refusal == .loggedOut { return Self.redirect("/login") }
        var reply = pages.problem(refusal.sentence, isLoggedIn: call.flatMap(session)?.key != nil)
        reply.status =
            switch refusal {
            case .missingKey, .unknownKey, .inactiveKey, .keyNotForDialect, .expiredForm: .forbidden
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

    // MARK: Who it is

    private func cookie(_ headers: HTTPFields) -> String? {
        Cookies(from: headers[values: .cookie])[Self.cookie]?.value
    }

    private func session(_ call: Call) -> Sessions.Session? { sessions.session(cookie(call.headers)) }

    /// What is there for nobody in particular says for itself who may see it.
    func check(_ call: Call) throws {}

    /// Somebody who is logged in, and the key's name. Counts nothing. Throws `Refusal`.
    func loggedIn(_ headers: HTTPFields) throws -> (key: String, session: Sessions.Session) {
        guard let session = sessions.session(cookie(headers)), let key = session.key else { throw Refusal.loggedOut }
        try context.access.check(name: key, dialect: .dashboard)
        return (key, session)
    }

    /// Somebody who is logged in, and counts the request. Throws `Refusal`.
    func admit(_ headers: HTTPFields) throws -> (pass: Pass, session: Sessions.Session) {
        let (key, session) = try loggedIn(headers)
        return (try context.access.admit(name: key, dialect: .dashboard), session)
    }

    /// The same, with the token that every change has to bring.
    private func admitChange(_ call: Call) throws -> Pass {
        let (pass, session) = try admit(call.headers)
        guard session.holds(call.form["csrf"]) else { throw Refusal.expiredForm }
        return pass
    }

    /// The form has a token before anybody is logged in, so that nobody is logged in by another site.
    private func loginPage(_ call: Call) -> Reply {
        if session(call)?.key != nil { return Self.redirect("/") }
        let (cookie, session) = sessions.start(key: nil)
        var reply = pages.login(token: session.token, isOpen: context.access.isOpen)
        reply.headers[.setCookie] = setting(cookie, call)
        return reply
    }

    private func logIn(_ call: Call) async throws -> Reply {
        guard logins.enter(at: TimeSource.system.now()) else { throw Refusal.tooManyRequests }
        defer { logins.leave() }
        guard let session = session(call), session.holds(call.form["csrf"]) else { throw Refusal.expiredForm }
        let pass = try context.access.admit(key: call.form["key"], dialect: .dashboard)
        // A new cookie, so that one that was known before is worth nothing.
        sessions.end(cookie(call.headers))
        var reply = Self.redirect("/")
        reply.headers[.setCookie] = setting(sessions.start(key: pass.name).cookie, call)
        return reply
    }

    private func logOut(_ call: Call) async throws -> Reply {
        _ = try admitChange(call)
        sessions.end(cookie(call.headers))
        return Self.redirect("/login")
    }

    private func setting(_ cookie: String, _ call: Call) -> String {
        let forwarded = HTTPField.Name("X-Forwarded-Proto").flatMap { call.headers[$0] }
        return Cookie(
            name: Self.cookie, value: cookie, path: "/", secure: forwarded == "https", httpOnly: true, sameSite: .strict
        ).description
    }

    private static func redirect(_ path: String) -> Reply {
        Reply(
            status: .seeOther, contentType: "text/plain", body: Data(),
            headers: [.location: path, .cacheControl: "no-store"])
    }

    // MARK: Pages

    private func list(_ call: Call) async throws -> Reply {
        let (pass, session) = try admit(call.headers)
        return pages.list(
            try await context.jobs.runs(key: pass.name, limit: Self.mostRuns), key: pass.name, token: session.token,
            tasks: context.judge.categories.sorted().map(\.rawValue), now: context.now)
    }

    private func show(_ call: Call) async throws -> Reply {
        let (pass, session) = try admit(call.headers)
        let (run, result) = try await context.jobs.run(try media(call), key: pass.name)
        return pages.run(run, result, key: pass.name, token: session.token, isNoted: call.form["noted"] != nil)
    }

    private func report(_ call: Call) async throws -> Reply {
        let (pass, _) = try admit(call.headers)
        let (_, result) = try await context.jobs.run(try media(call), key: pass.name)
        return pages.report(try ReportFormat.html.render(result))
    }

    private func media(_ call: Call) throws -> String {
        guard let media = call.parameters["media"] else { throw Refusal.unknownMedia }
        return media
    }

    // MARK: Changes

    private func submit(_ call: Call) async throws -> Reply {
        let pass = try admitChange(call)
        try await pass.requireSome()
        let form = call.form
        let names = context.judge.categories.sorted().map(\.rawValue).filter { form["task." + $0] != nil }
        guard !names.isEmpty else { throw Refusal.noTask }
        let interval = try form.number("interval", in: 0.001...3600) ?? 1
        let duration = try form.number("max_duration", in: 1...86_400) ?? 3600
        let media = "med_" + context.identifiers.word()
        // A form sends its empty file beside an address.
        let file = form.file("media").flatMap { $0.size > 0 ? $0 : nil }
        let given = try MediaSource(file: file, url: form["url"])
        let source = try await context.keep(given, for: media)
        // For people: without the address's user, password and query.
        let uri = given.url.map { VideoInput.address($0).name } ?? file?.name ?? media
        let order = JobOrder(
            media: media, request: "req_" + context.identifiers.word(), uri: uri,
            source: source, models: names, interval: interval, maxDuration: duration, callback: nil, thresholds: [:],
            quota: pass.quota, policy: context.orderedPolicy(pass, interval: interval))
        try await context.submit(order, key: pass.name)
        return Self.redirect("/runs/\(media)")
    }

    private func stop(_ call: Call) async throws -> Reply {
        let pass = try admitChange(call)
        let media = try media(call)
        try await context.jobs.stop(media, key: pass.name)
        return Self.redirect("/runs/\(media)")
    }

    /// A picture that was misjudged: which one, and what it really shows.
    private func feedback(_ call: Call) async throws -> Reply {
        let pass = try admitChange(call)
        let (run, result) = try await context.jobs.run(try media(call), key: pass.name)
        guard let category = call.form["category"], result.categories[category] != nil else {
            throw Refusal.badParameter("category", "one that was judged")
        }
        guard let truth = call.form["class"], ["present", "absent"].contains(truth) else {
            throw Refusal.badParameter("class", "present or absent")
        }
        let position = call.form["position"].flatMap { Int($0) }
        guard let position, result.frames.contains(where: { $0.info.position == position }) else {
            throw Refusal.badParameter("position", "that of a picture, in ms")
        }
        let place = String(format: "%@#t=%.3f", run.order.uri, Double(position) / 1000)
        try await context.store.keep(
            Feedback(
                key: pass.name, model: category, trueClass: truth, url: place, sha256: nil, received: context.now))
        return Self.redirect("/runs/\(run.order.media)?noted=1")
    }
}
