import Moderation
import Testing
import TextContent

@Suite struct PersonalDataTests {
    private func find(_ text: String) -> [String] {
        PersonalDataFinder().find(in: text).map { "\($0.kind.rawValue) \($0.text)" }
    }

    @Test(arguments: [
        ("mail jane.doe@example.org now", "email jane.doe@example.org"),
        ("Jane@Example.CO.UK", "email Jane@Example.CO.UK"), ("info @ example . com", "email info @ example . com"),
        ("www.example.org/page", "url www.example.org/page"),
        ("https://example.org/a?b=c", "url https://example.org/a?b=c"), ("visit EXAMPLE.com", "url EXAMPLE.com"),
        ("+49 30 1234567", "phone +49 30 1234567"), ("+4930123456789", "phone +4930123456789"),
        ("(030) 123 456 78", "phone (030) 123 456 78"), ("call 555-123-4567 now", "phone 555-123-4567"),
        ("0171 2345678", "phone 0171 2345678"), ("01712345678", "phone 01712345678"), ("@jane_doe", "social @jane_doe"),
        ("IG: jane.doe", "social IG: jane.doe"), ("Instagram @jane", "social Instagram @jane"),
        ("ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "email jane@example.com"),
    ])
    func `what tells who somebody is, or how to reach them, is found`(text: String, expected: String) {
        #expect(find(text) == [expected])
    }

    @Test(arguments: [
        "2021-05-17 12:30", "17.05.2021", "25 12 2020", "1939-1945", "1,234,567.89", "192.168.100.200",
        "ISBN 978-3-16-148410-0", "v1.2.3", "version 10.15.7", "meet @ noon", "a@b", "e.g. this", "3.14159265",
        "12:30:45", "10 000 000", "order 1234 5678", "No. 12345678", "file.txt", "Mr.Smith", "of: mice and men",
    ])
    func `dates, versions, sums and names of files are nobody's data`(text: String) {
        #expect(find(text) == [])
    }

    @Test func `several in one line are all found, each once`() {
        #expect(
            find("jane@example.org or +49 30 1234567, @jane_doe, example.net") == [
                "email jane@example.org", "url example.net", "social @jane_doe", "phone +49 30 1234567",
            ])
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "a", "a@", "a.", "a@a.", "a a@", "1 ", "12 ", "+1-", "+", "http://", "www.a.", "ab.", "(1) ", "@a",
            "12.12.",
        ])
    func `a line made to take long takes no time`(piece: String) {
        let text = String(repeating: piece, count: 100_000)
        // Only its beginning is looked at; that it is looked at, the address shows.
        #expect(find("jane@example.org " + text).first == "email jane@example.org")
        #expect(find(text).allSatisfy { $0.count < 1100 })
    }
}
