import Runtime
import Synchronization
import Testing

@testable import Server

/// Who is logged in to the dashboard, by a clock that the tests turn.
@Suite struct SessionsTests {
    private final class Clock: Sendable {
        let seconds = Mutex(0.0)
    }

    private let clock = Clock()
    private let sessions: Sessions

    init() {
        sessions = Sessions(clock: TimeSource(wall: { [clock] in clock.seconds.withLock { $0 } }))
    }

    private func pass(hours: Double) { clock.seconds.withLock { $0 += hours * 3600 } }

    @Test func `a session lasts twelve hours from its last request on`() {
        let (cookie, _) = sessions.start(key: "alice")
        pass(hours: 11)
        #expect(sessions.session(cookie)?.key == "alice")
        pass(hours: 11)
        #expect(sessions.session(cookie)?.key == "alice")
        pass(hours: 12.1)
        #expect(sessions.session(cookie) == nil)
    }

    @Test func `logging out ends it, and no other cookie opens it`() {
        let (cookie, session) = sessions.start(key: "alice")
        let (other, _) = sessions.start(key: "bob")
        #expect(sessions.session(String(cookie.reversed())) == nil && sessions.session(nil) == nil)
        #expect(session.holds(session.token) && !session.holds(String(session.token.dropLast())) && !session.holds(nil))
        sessions.end(cookie)
        #expect(sessions.session(cookie) == nil && sessions.session(other)?.key == "bob")
    }

    @Test func `whoever asks for the login two thousand times logs nobody out`() {
        let (cookie, _) = sessions.start(key: "alice")
        // Hers is the oldest.
        pass(hours: 1)
        let (first, _) = sessions.start(key: nil)
        pass(hours: 1)
        for _ in 0..<2000 { _ = sessions.start(key: nil) }
        #expect(sessions.session(cookie)?.key == "alice")
        // They make room for each other.
        #expect(sessions.session(first) == nil)
    }
}
