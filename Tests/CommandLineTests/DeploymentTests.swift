import Foundation
import TestSupport
import Testing

/// `Samples/deploy/framesift.service`, as systemd's own tools see it.
@Suite struct DeploymentTests {
    private static let unit = Fixtures.sample("deploy/framesift.service")

    private func analyze(_ arguments: String...) throws -> Finished { try run("systemd-analyze", arguments) }

    /// Of `systemd-analyze security`, 0 to 10.
    private func exposure(of unit: String) throws -> Double {
        let text = try analyze("security", "--offline=true", unit).text
        return try #require(text.firstMatch(of: /Overall exposure level for \S+ ([0-9.]+)/).flatMap { Double($0.1) })
    }

    @Test func `the service is left little of the system`() throws {
        #expect(try exposure(of: Self.unit) <= 2)
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let plain = folder.url.appending(path: "plain.service")
        try Data("[Service]\nExecStart=/bin/true\n".utf8).write(to: plain)
        #expect(try exposure(of: plain.path) > 9)
    }

    @Test func `a worker's service is the server's, with another command`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let text = try String(contentsOfFile: Self.unit, encoding: .utf8)
            .replacing("/opt/framesift/.build/release", with: Fixtures.root.path + "/.build/debug")
            .replacing("/opt/framesift", with: Fixtures.root.path)
        let change = try String(contentsOfFile: Fixtures.sample("deploy/framesift-work.conf"), encoding: .utf8)
            .replacing("/opt/framesift/.build/release", with: Fixtures.root.path + "/.build/debug")
        let unit = folder.url.appending(path: "framesift-work.service")
        let changes = folder.url.appending(path: "framesift-work.service.d")
        try FileManager.default.createDirectory(at: changes, withIntermediateDirectories: false)
        try Data(text.utf8).write(to: unit)
        let file = changes.appending(path: "work.conf")
        try Data(change.utf8).write(to: file)
        let found = try analyze("verify", "--man=no", unit.path)
        #expect(found.status == 0 && found.text.isEmpty && found.errors.isEmpty, "\(found)")
        #expect(try exposure(of: unit.path) <= 2)
        // The control: the change is looked at.
        try Data(change.replacing("LoadCredential=", with: "ProtectSystem=strictly").utf8).write(to: file)
        #expect(try !analyze("verify", "--man=no", unit.path).errors.isEmpty)
    }

    @Test func `systemd takes the service as it is, once the program is where it says`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let text = try String(contentsOfFile: Self.unit, encoding: .utf8)
        #expect(text.contains("ExecStart=/opt/framesift/.build/release/framesift "))
        let here = text.replacing("/opt/framesift/.build/release", with: Fixtures.root.path + "/.build/debug")
            .replacing("/opt/framesift", with: Fixtures.root.path)
        func verify(_ text: String) throws -> Finished {
            let unit = folder.url.appending(path: "framesift.service")
            try Data(text.utf8).write(to: unit)
            return try analyze("verify", "--man=no", unit.path)
        }
        let found = try verify(here)
        #expect(found.status == 0 && found.text.isEmpty && found.errors.isEmpty, "\(found)")
        #expect(
            try verify(here.replacing("ProtectSystem=strict", with: "ProtectSystem=strictly")).errors.isEmpty == false)
    }
}
