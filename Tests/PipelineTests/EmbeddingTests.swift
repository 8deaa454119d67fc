import Foundation
import TestSupport
import Testing

/// The libraries in a package of its own: Samples/embed.
@Suite struct EmbeddingTests {
    @Test func `another package builds with the libraries, and its own judge finds where a video is bright`()
        async throws
    {
        // Kept between runs, beside the tests' own build, which is locked while they run.
        let scratch = Fixtures.root.appendingPathComponent(".build/embed").path
        let package = Fixtures.root.appendingPathComponent("Samples/embed").path
        // Made anew: the plan of an earlier build may name files that are gone.
        try? FileManager.default.removeItem(atPath: scratch + "/debug.yaml")
        // On a thread of its own: the first build takes long, and other tests need the cooperative ones.
        let build = try await onThread {
            try run("swift", ["build", "--package-path", package, "--scratch-path", scratch])
        }
        #expect(build.status == 0, "\(build.text)\(build.errors)")
        let embed = { (video: String) in try run(scratch + "/debug/embed", [video]) }
        // A street, whose last picture is shown at 13.48 s, and a bright drawing until the end; looked at twice a second.
        let found = try embed(Fixtures.sample("street.mp4"))
        #expect(found.status == 0, "\(found.errors)")
        #expect(found.text == "KO\nbright: 14000 ms to 18000 ms\n")
        #expect(try embed(Fixtures.sample("qr.mp4")).text == "OK\n")
    }
}
