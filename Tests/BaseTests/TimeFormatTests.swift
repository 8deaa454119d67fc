import Testing

@testable import Base

@Suite struct TimeFormatTests {
    @Test(arguments: [
        (0, "0:00.000", "0:00", "0:00:00", "00:00:00.000", "0.000"),
        (123_450, "2:03.450", "2:03.450", "0:02:03", "00:02:03.450", "123.450"),
        (3_599_999, "59:59.999", "59:59.999", "0:59:59", "00:59:59.999", "3599.999"),
        (3_723_000, "1:02:03.000", "1:02:03", "1:02:03", "01:02:03.000", "3723.000"),
        (363_600_007, "101:00:00.007", "101:00:00.007", "101:00:00", "101:00:00.007", "363600.007"),
    ])
    func `a position has the form that its reader knows`(
        milliseconds: Int, exact: String, short: String, toTheSecond: String, padded: String, seconds: String
    ) {
        let code = Timecode(milliseconds: milliseconds)
        #expect([code.exact, code.short, code.toTheSecond] == [exact, short, toTheSecond])
        #expect([code.padded, code.inSeconds] == [padded, seconds])
    }

    @Test func `a time is told in UTC, whatever the machine's zone`() {
        // date -u -d @1700000000
        #expect(UnixTime.rfc3339(1_700_000_000.25) == "2023-11-14T22:13:20.250Z")
        #expect(UnixTime.spaced(1_700_000_000.25) == "2023-11-14 22:13:20Z")
    }

    @Test func `text is trimmed at both ends, and not within`() {
        #expect(" \t a b\n".trimmed == "a b" && "  ".trimmed.isEmpty && "x".dropFirst().trimmed.isEmpty)
    }
}
