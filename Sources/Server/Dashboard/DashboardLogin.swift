import Foundation
import HTTPTypes
import Hummingbird
import Runtime

/// Logging in and out.
extension Dashboard {
    private static let cookieName = "framesift_session"

    /// The session of a browser's cookie, before or after login; `nil` if it sent none.
    private func session(_ headers: HTTPFields) -> Sessions.Session? {
        Cookies(from: headers[values: .cookie])[Self.cookieName].map { Sessions.Session(cookie: $0.value) }
    }

    /// Requires a user who is logged in. Counts no request.
    /// - Returns: The name of the user's key, and the session.
    /// - Throws: `Refusal.loggedOut`, another `Refusal` if the key is no longer valid, or `StoreProblem`.
    func loggedIn(_ headers: HTTPFields) async throws -> (key: String, session: Sessions.Session) {
        guard let session = session(headers), let key = try await sessions.key(of: session) else {
            throw Refusal.loggedOut
        }
        try context.access.check(name: key, dialect: .dashboard)
        return (key, session)
    }

    /// Requires a user who is logged in, and counts the request against the key's limits.
    /// - Throws: `Refusal` or `StoreProblem`.
    func admit(_ call: Call) async throws -> (key: AdmittedKey, session: Sessions.Session) {
        let (name, session) = try await loggedIn(call.headers)
        return (try context.access.admit(name: name, dialect: .dashboard), session)
    }

    /// Admits a call that changes something, which must have the session's CSRF token.
    /// - Throws: `Refusal` or `StoreProblem`.
    func admitChange(_ call: Call) async throws -> AdmittedKey {
        let (key, session) = try await admit(call)
        guard session.holds(call.form["csrf"]) else { throw Refusal.expiredForm }
        return key
    }

    /// Shows the login form. It starts a session, whose token keeps other sites from logging a user in.
    /// - Throws: `StoreProblem`.
    func loginPage(_ call: Call) async throws -> Reply {
        if let session = session(call.headers), try await sessions.key(of: session) != nil { return Self.redirect("/") }
        let session = Sessions.Session.random()
        var reply = pages.login(token: session.token, isOpen: context.access.isOpen)
        reply.headers[.setCookie] = setCookie(session, call)
        return reply
    }

    /// Logs a user in.
    /// - Throws: `Refusal` or `StoreProblem`.
    func logIn(_ call: Call) async throws -> Reply {
        guard logins.enter(at: TimeSource.system.now()) else { throw Refusal.tooManyRequests }
        defer { logins.leave() }
        guard let session = session(call.headers), session.holds(call.form["csrf"]) else { throw Refusal.expiredForm }
        let key = try context.access.admit(key: call.form["key"], dialect: .dashboard)
        // A new cookie, in case another site planted the old one.
        try await sessions.end(session)
        var reply = Self.redirect("/")
        reply.headers[.setCookie] = setCookie(try await sessions.start(key: key.name), call)
        return reply
    }

    /// Logs a user out.
    /// - Throws: `Refusal` or `StoreProblem`.
    func logOut(_ call: Call) async throws -> Reply {
        _ = try await admitChange(call)
        if let session = session(call.headers) { try await sessions.end(session) }
        return Self.redirect("/login")
    }

    private func setCookie(_ session: Sessions.Session, _ call: Call) -> String {
        Cookie(
            name: Self.cookieName, value: session.cookie, path: "/", secure: call.isSecure, httpOnly: true,
            sameSite: .strict
        ).description
    }
}
