import Base
import Digests
import Foundation
import Store

/// The sessions of the dashboard. Before login a session is only a cookie; who is logged in is in the store, so that it
/// holds at every server that shares the store, and outlives this one.
struct Sessions: Sendable {
    /// A browser's session.
    struct Session: Sendable {
        /// A secret: the cookie's value.
        let cookie: String

        /// A new one, of 256 random bits in hexadecimal.
        static func random() -> Session {
            // The system's generator is the kernel's, fit for secrets.
            var generator = SystemRandomNumberGenerator()
            return Session(cookie: (0..<4).map { _ in generator.next().hexadecimal }.joined())
        }

        /// The CSRF token, which every change must bring. Tells nothing of the cookie.
        var token: String { digest("form").hexadecimal }

        /// Whether a form brought the session's token. Compares in constant time.
        func holds(_ token: String?) -> Bool {
            guard let token else { return false }
            return Digest(.sha256, of: Data(token.utf8)) == Digest(.sha256, of: Data(self.token.utf8))
        }

        /// Names the browser to others who review.
        var window: String { String(digest("review").hexadecimal.prefix(16)) }

        /// Names the session in the store.
        fileprivate var name: String { digest("login").hexadecimal }

        private func digest(_ purpose: String) -> Digest { Digest(.sha256, of: Data("\(purpose) \(cookie)".utf8)) }
    }

    private let store: Store

    /// - Parameter store: Says who is logged in.
    init(store: Store) { self.store = store }

    /// Logs a user in.
    /// - Parameter key: The name of the user's key.
    /// - Returns: The session, of which only a digest is stored.
    /// - Throws: `StoreProblem`.
    func start(key: String) async throws -> Session {
        let session = Session.random()
        try await store.keepLogin(session.name, key: key)
        return session
    }

    /// The name of the key that a session's user logged in with, which prolongs the session.
    /// - Returns: `nil` if nobody is logged in, or no longer.
    /// - Throws: `StoreProblem`.
    func key(of session: Session) async throws -> String? { try await store.login(session.name) }

    /// Logs a user out, at every server.
    /// - Throws: `StoreProblem`.
    func end(_ session: Session) async throws { try await store.endLogin(session.name) }
}
