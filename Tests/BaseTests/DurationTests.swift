import Testing

@testable import Base

@Suite struct DurationTests {
    @Test func `whole units are cut off`() {
        let duration = Duration.seconds(2) + .nanoseconds(999_999_999)
        #expect(duration.wholeSeconds == 2)
        #expect(duration.wholeMilliseconds == 2999)
        #expect(duration.nanoseconds == 2_999_999_999)
    }

    @Test func `seconds keep every nanosecond`() {
        #expect(Duration.milliseconds(100).inSeconds == 0.1)
        #expect((Duration.seconds(1) + .nanoseconds(1)).inSeconds == 1.000000001)
        #expect(Duration.milliseconds(-1500).inSeconds == -1.5)
    }

    @Test func `what is longer than a counter can hold is as long as it can`() {
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.max).wholeMilliseconds == 9_223_372_036_854)
    }
}
