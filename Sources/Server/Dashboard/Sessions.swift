import Base
import Digests
import Foundation
import Runtime
import Synchronization

/// The sessions of the dashboard, in memory: a restart logs all users out.
final class Sessions: Sendable {
    /// A browser's session.
    struct Session: Sendable {
        /// The name of the user's key; `nil` before login.
        var key: String?
        /// The CSRF token, which every change must bring.
        let token: String
        /// Unix seconds.
        var expires: Double
    }

    /// By the digest of the cookie, so that the time of a lookup reveals nothing about a cookie.
    private let sessions = Mutex<[Digest: Session]>([:])
    private let clock: TimeSource

    /// Seconds since the last request.
    private static let lifetime = 12 * 3600.0
    /// Beyond this, the oldest session is removed. Sessions without a user go first, so that requests for the login
    /// page cannot log users out.
    private static let maxSessions = 1000

    /// - Parameter clock: Its wall clock decides when sessions expire.
    init(clock: TimeSource) { self.clock = clock }

    /// Starts a session.
    /// - Parameter key: The name of the user's key; `nil` before login.
    /// - Returns: The cookie's value, of which only a digest is kept, and the session.
    func start(key: String?) -> (cookie: String, session: Session) {
        let cookie = Self.secret()
        let session = Session(key: key, token: Self.secret(), expires: clock.wall() + Self.lifetime)
        sessions.withLock { sessions in
            sessions = sessions.filter { $0.value.expires > clock.wall() }
            if sessions.count >= Self.maxSessions,
                let oldest = sessions.min(by: { Self.rank($0.value) < Self.rank($1.value) })
            {
                sessions[oldest.key] = nil
            }
            sessions[Self.digest(cookie)] = session
        }
        return (cookie, session)
    }

    /// The session of a cookie's value, which this prolongs; `nil` if it has expired or never existed.
    func session(_ cookie: String?) -> Session? {
        guard let cookie else { return nil }
        return sessions.withLock { sessions in
            let digest = Self.digest(cookie)
            guard var session = sessions[digest], session.expires > clock.wall() else { return nil }
            session.expires = clock.wall() + Self.lifetime
            sessions[digest] = session
            return session
        }
    }

    /// Ends the session of a cookie's value.
    func end(_ cookie: String?) {
        guard let cookie else { return }
        sessions.withLock { $0[Self.digest(cookie)] = nil }
    }

    /// Sorts sessions by the order in which they are removed.
    private static func rank(_ session: Session) -> (Int, Double) { (session.key == nil ? 0 : 1, session.expires) }

    private static func digest(_ text: String) -> Digest { Digest(.sha256, of: Data(text.utf8)) }

    /// 256 random bits in hexadecimal.
    private static func secret() -> String {
        // The system's generator is the kernel's, fit for secrets.
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in generator.next().hexadecimal }.joined()
    }
}

extension Sessions.Session {
    /// Whether a form brought the session's token. Compares in constant time.
    func holds(_ token: String?) -> Bool {
        guard let token else { return false }
        return Digest(.sha256, of: Data(token.utf8)) == Digest(.sha256, of: Data(self.token.utf8))
    }
}
