import Foundation
import TestSupport
import Testing

/// What the real server fetches for strangers, in a network of its own: see `outside-and-inside.py`.
@Suite(.enabled(if: Needed.namespaces("-rn"), "Namespaces of the network are not permitted here."))
struct StrangerTests {
    private static let images = [
        "outside": true, "to-outside": true, "to-inside": false, "to-metadata": false, "twice": false,
        "in-circles": false, "to-file": false, "loopback": false, "name": false, "decimal": false, "short": false,
        "hexadecimal": false, "ipv6": false, "mapped": false, "any": false, "metadata": false, "user": false,
    ]
    private static let videos = [
        "outside": true, "outside-rtmp": true, "outside-srt": true, "good-playlist": true, "bad-playlist": false,
        "worse-playlist": false, "to-inside-clip": false, "loopback": false, "rtmp": false, "rtsp": false,
        "rtsp-redirect": false, "srt": false, "multicast": false,
    ]

    private struct Found: Decodable {
        struct Answer: Decodable { var status: String }
        /// Of each request.
        var images, videos: [String: Answer]
        /// Paths that the inside was asked for.
        var inside: [String]
        /// What was sent over each connection to the inside's RTSP port.
        var rtsp: [String]
    }

    private static let found = Task {
        try await onThread {
            let state = try TemporaryFolder()
            defer { state.remove() }
            let found = try Python(
                program: "Server/outside-and-inside.py", [ServerProgram.path, Fixtures.folder.path]
            ).run(environment: ["XDG_STATE_HOME": state.url.path], namespaces: "-rn").ending()
            return try JSONDecoder().decode(Found.self, from: found.output)
        }
    }

    @Test(arguments: images.sorted { $0.key < $1.key })
    func `an image is fetched from outside, and never from the inside`(_ name: String, _ isOutside: Bool) async throws {
        #expect(try await Self.found.value.images[name]?.status == (isOutside ? "success" : "failure"))
    }

    @Test(arguments: videos.sorted { $0.key < $1.key })
    func `a video is fetched from outside, and never from the inside`(_ name: String, _ isOutside: Bool) async throws {
        #expect(try await Self.found.value.videos[name]?.status == (isOutside ? "success" : "failure"))
    }

    @Test func `every way that was tried is looked at`() async throws {
        let found = try await Self.found.value
        #expect(Set(found.images.keys).symmetricDifference(Self.images.keys) == [])
        #expect(Set(found.videos.keys).symmetricDifference(Self.videos.keys) == [])
    }

    @Test func `the inside is asked for nothing`() async throws {
        #expect(try await Self.found.value.inside == [])
    }

    /// An RTSP server that sends its clients elsewhere gets them to connect there, and no further.
    @Test func `the inside is sent not a byte`() async throws {
        #expect(try await Self.found.value.rtsp.allSatisfy(\.isEmpty))
    }
}
