import Foundation
import TestSupport
import Testing

/// Action files that cannot be meant are refused before anything begins.
@Suite struct ActionArgumentTests {
    @Test(arguments: [["watch", "rtmp://127.0.0.1:1/x"], ["serve"], ["work"]], ["--on-ko", "--on-review"])
    func `an action that cannot be used ends the command with 64 and says where`(
        command: [String], option: String
    ) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "action.yaml")
        for (yaml, sentence) in [
            ("request:\n  url: http://127.0.0.1/{{nobody}}", ":2: unknown field {{nobody}}"),
            ("request: {url: http://127.0.0.1/}\nwhen: ko", ":2: unknown key “when”"),
            ("request: {url: http://127.0.0.1/}\nenv: [FRAMESIFT_NOT_SET]", ":2: the environment variable"),
        ] {
            try Data(yaml.utf8).write(to: file)
            let finished = try run(
                ServerProgram.path, command + [option, file.path], environment: ["XDG_STATE_HOME": folder.url.path])
            #expect(finished.status == 64 && finished.errors.contains(file.path + sentence), "\(finished.errors)")
        }
        let missing = try run(ServerProgram.path, command + [option, "/nowhere.yaml"])
        #expect(missing.status == 64 && missing.errors.contains("/nowhere.yaml: the action cannot be read"))
    }

    @Test(arguments: ["127.0.0.1:1935", "http://127.0.0.1/", "rtmp://", "rtmp://h/live?x=1"])
    func `a media server has an address that streams have`(address: String) throws {
        let finished = try run(ServerProgram.path, ["serve", "--rtmp", address])
        #expect(finished.status == 64 && finished.errors.contains("--rtmp \(address)"))
    }

    @Test(arguments: ["drop-nginx.yaml", "kick-mediamtx.yaml"])
    func `the recipes can be used`(name: String) throws {
        let path = Fixtures.root.appending(path: "Samples/hooks/\(name)").path
        // What is refused is the number after it, not the recipe.
        let finished = try run(
            ServerProgram.path, ["watch", "rtmp://127.0.0.1:1/x", "--on-ko", path, "--concurrency", "0"])
        #expect(finished.status == 64 && finished.errors.contains("--concurrency"), "\(finished.errors)")
    }
}
