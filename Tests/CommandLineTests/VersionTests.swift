import Foundation
import TestSupport
import Testing

@Suite struct VersionTests {
    @Test func `the program's version is the newest that the changelog tells of`() throws {
        let changelog = Fixtures.root.appendingPathComponent("Sources/framesift/Documentation.docc/Changes.md")
        let heading = try #require(
            String(contentsOf: changelog, encoding: .utf8).split(separator: "\n").first { $0.hasPrefix("## ") })
        let program = try run(Fixtures.root.appendingPathComponent(".build/debug/framesift").path, ["--version"])
        #expect(program.text == heading.dropFirst(3) + "\n")
    }
}
