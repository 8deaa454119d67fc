import Foundation
import Runtime
import Testing

@Suite(.timeLimit(.minutes(1))) struct TimeSourceTests {
    @Test func `the system's time goes forward, and its chance is from 0 to 1`() {
        let source = TimeSource.system
        let times = (0..<100).map { _ in source.now() }
        #expect(times == times.sorted())
        #expect((0..<1000).allSatisfy { _ in (0...1).contains(source.random()) })
    }

    @Test func `a sleep that is cancelled ends at once`() async {
        let sleeping = Task { try await TimeSource.system.sleep(.seconds(3600)) }
        sleeping.cancel()
        await #expect(throws: CancellationError.self) { try await sleeping.value }
    }
}
