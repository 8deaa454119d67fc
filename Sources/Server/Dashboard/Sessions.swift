import Base
import Crypto
import Foundation
import Runtime
import Synchronization

/// Who is logged in to the dashboard. In memory: a restart logs everybody out.
final class Sessions: Sendable {
    struct Session: Sendable {
        /// The key's name; `nil` before logging in.
        var key: String?
        /// Has to come with every change.
        let token: String
        var expires: Double
    }

    /// By the digest of the cookie, so that looking one up tells nothing about it by the time it takes.
    private let sessions = Mutex<[SHA256Digest: Session]>([:])
    private let clock: TimeSource

    /// s; from the last request on.
    private static let age = 12 * 3600.0
    /// The oldest go first, those of nobody before those of somebody: whoever asks for the login often logs nobody out.
    private static let most = 1000

    init(clock: TimeSource) { self.clock = clock }

    /// Starts one. The cookie's value is not kept.
    func start(key: String?) -> (cookie: String, session: Session) {
        let cookie = Self.secret()
        let session = Session(key: key, token: Self.secret(), expires: clock.wall() + Self.age)
        sessions.withLock { sessions in
            sessions = sessions.filter { $0.value.expires > clock.wall() }
            if sessions.count >= Self.most, let first = sessions.min(by: Self.goesBefore) { sessions[first.key] = nil }
            sessions[Self.digest(cookie)] = session
        }
        return (cookie, session)
    }

    func session(_ cookie: String?) -> Session? {
        guard let cookie else { return nil }
        return sessions.withLock { sessions in
            let digest = Self.digest(cookie)
            guard var session = sessions[digest], session.expires > clock.wall() else { return nil }
            session.expires = clock.wall() + Self.age
            sessions[digest] = session
            return session
        }
    }

    func end(_ cookie: String?) {
        guard let cookie else { return }
        sessions.withLock { $0[Self.digest(cookie)] = nil }
    }

    private static func goesBefore(
        _ one: (key: SHA256Digest, value: Session), _ other: (key: SHA256Digest, value: Session)
    )
        -> Bool
    {
        guard (one.value.key == nil) == (other.value.key == nil) else { return one.value.key == nil }
        return one.value.expires < other.value.expires
    }

    private static func digest(_ text: String) -> SHA256Digest { SHA256.hash(data: Data(text.utf8)) }

    /// 256 bits of the system's own randomness.
    private static func secret() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { bytes in bytes.hexadecimal }
    }
}

extension Sessions.Session {
    /// Compares in constant time.
    func holds(_ token: String?) -> Bool {
        guard let token else { return false }
        return SHA256.hash(data: Data(token.utf8)) == SHA256.hash(data: Data(self.token.utf8))
    }
}
