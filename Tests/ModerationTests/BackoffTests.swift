import Moderation
import Testing

@Suite struct BackoffTests {
    @Test func `the waits double up to the cap, with half of them left to chance`() {
        let backoff = Backoff()
        let highest = (0..<8).map { backoff.delay(attempt: $0, random: 1, retryAfter: nil) }
        #expect(highest == [0.5, 1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
        #expect(backoff.delay(attempt: 0, random: 0, retryAfter: nil) == .milliseconds(250))
        #expect(backoff.delay(attempt: 1000, random: 1, retryAfter: nil) == .seconds(30))
        #expect(backoff.delay(attempt: 0, random: 1, retryAfter: .seconds(120)) == .seconds(120))
        #expect(backoff.delay(attempt: 0, random: 1, retryAfter: .seconds(121)) == nil)
    }
}
