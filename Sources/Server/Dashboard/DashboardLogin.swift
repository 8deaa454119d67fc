import Foundation
import HTTPTypes
import Hummingbird
import Runtime

/// Logging in and out.
extension Dashboard {
    private static let cookieName = "framesift_session"

    private func cookie(_ headers: HTTPFields) -> String? {
        Cookies(from: headers[values: .cookie])[Self.cookieName]?.value
    }

    /// The session of a call's cookie, before or after login; `nil` if there is none.
    func session(_ call: Call) -> Sessions.Session? { sessions.session(cookie(call.headers)) }

    /// Requires a user who is logged in. Counts no request.
    /// - Returns: The name of the user's key, and the session.
    /// - Throws: `Refusal.loggedOut`, or another `Refusal` if the key is no longer valid.
    func loggedIn(_ headers: HTTPFields) throws(Refusal) -> (key: String, session: Sessions.Session) {
        guard let session = sessions.session(cookie(headers)), let key = session.key else { throw .loggedOut }
        try context.access.check(name: key, dialect: .dashboard)
        return (key, session)
    }

    /// Requires a user who is logged in, and counts the request against the key's limits.
    /// - Throws: `Refusal`.
    func admit(_ call: Call) throws(Refusal) -> (key: AdmittedKey, session: Sessions.Session) {
        let (name, session) = try loggedIn(call.headers)
        return (try context.access.admit(name: name, dialect: .dashboard), session)
    }

    /// Admits a call that changes something, which must have the session's CSRF token.
    /// - Throws: `Refusal`.
    func admitChange(_ call: Call) throws(Refusal) -> AdmittedKey {
        let (key, session) = try admit(call)
        guard session.holds(call.form["csrf"]) else { throw .expiredForm }
        return key
    }

    /// Shows the login form. It starts a session, whose token keeps other sites from logging a user in.
    func loginPage(_ call: Call) -> Reply {
        if session(call)?.key != nil { return Self.redirect("/") }
        let (cookie, session) = sessions.start(key: nil)
        var reply = pages.login(token: session.token, isOpen: context.access.isOpen)
        reply.headers[.setCookie] = setCookie(cookie, call)
        return reply
    }

    /// Logs a user in.
    /// - Throws: `Refusal`.
    func logIn(_ call: Call) async throws -> Reply {
        guard logins.enter(at: TimeSource.system.now()) else { throw Refusal.tooManyRequests }
        defer { logins.leave() }
        guard let session = session(call), session.holds(call.form["csrf"]) else { throw Refusal.expiredForm }
        let key = try context.access.admit(key: call.form["key"], dialect: .dashboard)
        // A new cookie, in case another site planted the old one.
        sessions.end(cookie(call.headers))
        var reply = Self.redirect("/")
        reply.headers[.setCookie] = setCookie(sessions.start(key: key.name).cookie, call)
        return reply
    }

    /// Logs a user out.
    /// - Throws: `Refusal`.
    func logOut(_ call: Call) async throws -> Reply {
        _ = try admitChange(call)
        sessions.end(cookie(call.headers))
        return Self.redirect("/login")
    }

    private func setCookie(_ value: String, _ call: Call) -> String {
        Cookie(
            name: Self.cookieName, value: value, path: "/", secure: call.isSecure, httpOnly: true, sameSite: .strict
        ).description
    }
}
