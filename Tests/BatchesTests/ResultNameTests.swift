import Testing

@testable import Batches

@Suite struct ResultNameTests {
    private static let fingerprint = "0123456789abcdef0000"

    @Test(arguments: [
        ("/videos/clip.mp4", "clip.mp4"), ("-rf.mp4", "_rf.mp4"), (".hidden", "_hidden"), ("a/ü b\n.mp4", "__b_.mp4"),
        ("/", "input"), ("", "input"), ("https://example.org/v/watch.webm", "watch.webm"), ("..", "_."),
        (String(repeating: "x", count: 250), String(repeating: "x", count: 80)), ("a\\b\"c|d.mp4", "a_b_c_d.mp4"),
    ])
    func `a name keeps what is safe of the input's`(_ input: String, _ kept: String) {
        #expect(ResultName.of(input, fingerprint: Self.fingerprint) == kept + "-0123456789abcdef")
    }
}
