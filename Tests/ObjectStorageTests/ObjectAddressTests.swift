import ObjectStorage
import Testing

@Suite struct ObjectAddressTests {
    @Test(arguments: [
        ("s3://clips/a.mp4", "clips", "a.mp4", false),
        ("S3://clips/a.mp4", "clips", "a.mp4", false),
        (
            "s3://my.clips-2026/2026/12/a b+c%20=\u{E4}?x#y.mp4", "my.clips-2026", "2026/12/a b+c%20=\u{E4}?x#y.mp4",
            false
        ),
        ("s3://clips/uploads/", "clips", "uploads/", true),
        ("s3://clips/", "clips", "", true),
        ("s3://clips", "clips", "", true),
        ("s3://clips//a//b", "clips", "/a//b", false),
        ("s3://clips/../other/a", "clips", "../other/a", false),
        // A slash with a combining mark is one character to Swift.
        ("s3://clips/\u{301}a/\u{301}", "clips", "\u{301}a/\u{301}", false),
    ])
    func `what stands behind the bucket is the key, literally`(
        _ text: String, _ bucket: String, _ key: String, _ isPrefix: Bool
    ) throws {
        let address = try ObjectAddress(text)
        #expect(address.bucket == bucket && Array(address.key.utf8) == Array(key.utf8))
        #expect(address.isPrefix == isPrefix)
        #expect(try ObjectAddress("\(address)") == address)
    }

    @Test(arguments: [
        "clips/a.mp4", "http://clips/a", "s3:/clips/a", "s3://", "s3:///a", "s3://ab/a", "s3://Clips/a",
        "s3://cl_ips/a",
        "s3://-clips/a", "s3://clips-/a", "s3://cl..ips/a", "s3://192.168.0.1/a", "s3://clips\n/a", "s3://clips@host/a",
        "s3://\(String(repeating: "b", count: 64))/a", "s3://clips/\(String(repeating: "k", count: 1025))",
        "s3://clips/a\u{0}b",
    ])
    func `what names no object is refused`(_ text: String) {
        #expect(throws: ObjectAddress.Problem.self) { try ObjectAddress(text) }
    }

    @Test func `the longest names are taken`() throws {
        let bucket = String(repeating: "b", count: 63), key = String(repeating: "k", count: 1024)
        #expect(try ObjectAddress("s3://\(bucket)/\(key)").key == key)
        #expect(try ObjectAddress("s3://abc/a").bucket == "abc")
    }

    @Test func `keys are compared by their bytes`() throws {
        let composed = try ObjectAddress("s3://clips/\u{E9}"), decomposed = try ObjectAddress("s3://clips/e\u{301}")
        #expect(composed.key == decomposed.key && composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }
}
