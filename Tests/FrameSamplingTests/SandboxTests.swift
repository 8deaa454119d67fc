import FrameSampling
import SandboxedTests
import TestSupport
import Testing

/// What an intruder could do from within a decoder.
@Suite struct SandboxTests {
    static let exploits: [(String, sandbox_exploit)] = [
        ("open a file", SANDBOX_OPEN_FILE), ("create a file", SANDBOX_CREATE_FILE),
        ("list a folder", SANDBOX_LIST_FOLDER), ("connect", SANDBOX_CONNECT), ("listen", SANDBOX_LISTEN),
        ("run a program", SANDBOX_EXECUTE), ("fork", SANDBOX_FORK), ("map memory that runs", SANDBOX_MAP_EXECUTABLE),
        ("make memory run", SANDBOX_MAKE_EXECUTABLE), ("read another's memory", SANDBOX_READ_MEMORY),
        ("read another's environment", SANDBOX_READ_ENVIRONMENT), ("signal another", SANDBOX_SIGNAL),
        ("trace another", SANDBOX_TRACE), ("write a gigabyte", SANDBOX_WRITE_GIGABYTE),
        ("allocate 10 gigabytes", SANDBOX_ALLOCATE_10_GIGABYTES),
        ("open 100 descriptors", SANDBOX_OPEN_100_DESCRIPTORS),
    ]

    @Test(arguments: exploits)
    func `an intruder in a decoder cannot`(what: String, exploit: sandbox_exploit) {
        #expect(sandbox_try(exploit, true) < 0, "\(what)")
        // Without a sandbox the same succeeds.
        #expect(sandbox_try(exploit, false) == 0, "\(what)")
        // And the next worker is none the worse for it.
        #expect(sandbox_behave() == 0)
    }

    static let lies: [(String, sandbox_lie, FrameSamplingError.Code)] = [
        ("crashes", SANDBOX_CRASH, .decoderCrashed), ("exits", SANDBOX_EXIT, .decoderCrashed),
        ("makes no progress", SANDBOX_SPIN, .decoderHung), ("floods a channel", SANDBOX_FLOOD, .decoderGarbled),
        ("sends too long a message", SANDBOX_LONG_MESSAGE, .decoderGarbled),
        ("sends too short a message", SANDBOX_SHORT_MESSAGE, .decoderGarbled),
        ("speaks another version", SANDBOX_OTHER_VERSION, .decoderGarbled),
        ("claims more bytes than there is room for", SANDBOX_LARGE_RESULT, .decoderGarbled),
        ("claims more streams than there can be", SANDBOX_MANY_STREAMS, .decoderGarbled),
    ]

    @Test(arguments: lies)
    func `a decoder is ended that`(does: String, lie: sandbox_lie, reason: FrameSamplingError.Code) {
        let before = DecoderSandbox.counts
        #expect(sandbox_lie_to_host(lie, 1000) == reason.rawValue, "\(does)")
        let after = DecoderSandbox.counts
        #expect(
            after.crashed + after.limited + after.hung + after.garbled + after.forbidden
                > before.crashed + before.limited + before.hung + before.garbled + before.forbidden)
        #expect(sandbox_behave() == 0)
    }

    /// A document may need a font that it does not embed.
    @Test func `a decoder of documents opens fonts, and no other file`() throws {
        let font = try run("fc-match", ["-f", "%{file}", "Helvetica"]).text
        #expect(sandbox_open_as_document(font) == 0)
        #expect(sandbox_open_as_document("/etc/passwd") < 0)
        #expect(sandbox_open_as_document("/etc/fonts/fonts.conf") < 0)
    }

    @Test func `this machine has every wall`() {
        let walls = DecoderSandbox.walls
        #expect(walls.isAvailable && walls.isFiltered && walls.landlock >= 4)
    }
}
