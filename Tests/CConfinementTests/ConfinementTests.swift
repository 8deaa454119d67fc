import CConfinement
import Foundation
import TestSupport
import Testing

/// A program does what an intruder would, behind walls or without; what comes of it is what the kernel says.
@Suite(.enabled(if: Walls.stand, "This kernel has no Landlock, or an old one."))
struct ConfinementTests {
    static let acts =
        [
            "open a file", "make a file", "list a folder", "read its own status", "read the parent's environment",
            "read the parent's memory", "read the parent's memory across", "connect over TCP", "send over UDP",
            "listen over TCP", "listen without a port", "connect to an abstract socket", "make a raw socket",
            "run a program", "run a descriptor", "start a process", "start a process by vfork", "trace the parent",
            "signal the parent", "signal a thread of the parent", "map memory to run", "make memory one to run",
            "make a user namespace", "make a namespace with a process", "make a file in memory", "make a close wait",
            "make a close wait by wide numbers", "tune a socket",
            "use another architecture", "write a gigabyte", "take ten gigabytes", "open a hundred descriptors",
            "start a hundred threads", "raise a limit", "spin", "spin on", "signal itself", "work",
        ]

    @Test(arguments: acts)
    func `without walls an intruder does what it wants`(act: String) throws {
        #expect(try Walls.none.outcome(of: act) == "done")
    }

    @Test(arguments: [
        ("open a file", "refused EPERM"), ("make a file", "refused EPERM"), ("list a folder", "refused EPERM"),
        ("read its own status", "refused EPERM"), ("read the parent's environment", "refused EPERM"),
        ("read the parent's memory", "refused EPERM"), ("read the parent's memory across", "ended SIGSYS"),
        ("connect over TCP", "ended SIGSYS"), ("send over UDP", "ended SIGSYS"), ("listen over TCP", "ended SIGSYS"),
        ("listen without a port", "ended SIGSYS"), ("connect to an abstract socket", "ended SIGSYS"),
        ("make a raw socket", "ended SIGSYS"), ("run a program", "ended SIGSYS"), ("run a descriptor", "ended SIGSYS"),
        ("start a process", "ended SIGSYS"), ("start a process by vfork", "ended SIGSYS"),
        ("trace the parent", "ended SIGSYS"), ("signal the parent", "ended SIGSYS"),
        ("signal a thread of the parent", "ended SIGSYS"), ("map memory to run", "ended SIGSYS"),
        ("make memory one to run", "ended SIGSYS"), ("make a user namespace", "ended SIGSYS"),
        ("make a namespace with a process", "ended SIGSYS"), ("make a file in memory", "ended SIGSYS"),
        ("use another architecture", "ended SIGSYS"), ("raise a limit", "refused EPERM"),
    ])
    func `in a decoder's filter an intruder is refused or ended`(act: String, outcome: String) throws {
        #expect(try Walls.decoder.outcome(of: act) == outcome)
        #expect(try Walls.all.outcome(of: act) == outcome)
    }

    @Test(arguments: [
        ("open a file", "refused EACCES"), ("make a file", "refused EACCES"), ("list a folder", "refused EACCES"),
        ("read its own status", "refused EACCES"), ("read the parent's environment", "refused EACCES"),
        ("read the parent's memory", "refused EACCES"), ("read the parent's memory across", "refused EPERM"),
        ("connect over TCP", "refused EACCES"), ("listen over TCP", "refused EACCES"),
        ("connect to an abstract socket", "refused EPERM"), ("run a program", "refused EACCES"),
        ("run a descriptor", "refused EACCES"), ("trace the parent", "refused EPERM"),
        ("signal the parent", "refused EPERM"), ("signal a thread of the parent", "refused EPERM"),
    ])
    func `with no path left an intruder is refused, without any filter`(act: String, outcome: String) throws {
        #expect(try Walls.landlock.outcome(of: act) == outcome)
    }

    @Test(arguments: [
        ("write a gigabyte", "ended SIGXFSZ"), ("take ten gigabytes", "refused ENOMEM"),
        ("open a hundred descriptors", "refused EMFILE"), ("spin", "ended SIGXCPU"), ("spin on", "ended SIGKILL"),
    ])
    func `beyond its limits an intruder is refused or ended`(act: String, outcome: String) throws {
        #expect(try Walls.limits.outcome(of: act) == outcome)
        #expect(try Walls.all.outcome(of: act) == outcome)
    }

    /// Root may start more, so that the intruder is somebody else then.
    @Test func `beyond its limit of threads an intruder starts none`() throws {
        #expect(try Walls(rawValue: "threads").outcome(of: "start a hundred threads") == "refused EAGAIN")
    }

    @Test(arguments: [
        ("connect over TCP", "done"), ("send over UDP", "done"), ("open a file", "refused EPERM"),
        ("connect to an abstract socket", "refused EPERM"), ("make a raw socket", "refused EPERM"),
        ("listen over TCP", "ended SIGSYS"), ("listen without a port", "ended SIGSYS"),
        ("run a program", "ended SIGSYS"), ("start a process", "ended SIGSYS"), ("trace the parent", "ended SIGSYS"),
        ("signal the parent", "ended SIGSYS"), ("map memory to run", "ended SIGSYS"),
        ("make a close wait", "refused EPERM"), ("make a close wait by wide numbers", "refused EPERM"),
        ("tune a socket", "done"),
    ])
    func `a demuxer is left TCP and UDP as a client, and nothing else`(act: String, outcome: String) throws {
        #expect(try Walls.demuxer.outcome(of: act) == outcome)
    }

    @Test(arguments: [
        ("run a program", "refused EPERM"), ("run a descriptor", "refused EPERM"),
        ("trace the parent", "refused EPERM"),
        ("read the parent's memory across", "refused EPERM"), ("make a user namespace", "refused EPERM"),
        ("make a namespace with a process", "refused EPERM"), ("use another architecture", "ended SIGSYS"),
        ("open a file", "done"), ("make a file", "done"), ("connect over TCP", "done"), ("listen over TCP", "done"),
        ("start a process", "done"), ("map memory to run", "done"), ("make memory one to run", "done"),
    ])
    func `a server is left everything but programs, other processes and namespaces`(
        act: String, outcome: String
    ) throws {
        #expect(try Walls.server.outcome(of: act) == outcome)
    }

    @Test(arguments: [Walls.decoder, .demuxer, .server, .landlock, .limits, .all])
    func `behind every wall memory, threads, clocks and open files work`(walls: Walls) throws {
        #expect(try walls.outcome(of: "work") == "done")
        #expect(try walls.outcome(of: "signal itself") == "done")
        #expect(try walls.outcome(of: "stop at a contradiction") == "ended SIGABRT")
    }

    @Test(arguments: [
        ("one-file", "read its own status", "done"), ("one-file", "open a file", "refused EACCES"),
        ("reading", "open a file", "done"), ("reading", "list a folder", "done"),
        ("reading", "make a file", "refused EACCES"), ("reading", "run a program", "refused EACCES"),
        ("writing", "make a file", "done"), ("writing", "open a file", "refused EACCES"),
        ("running", "run a program", "done"), ("running", "open a file", "refused EACCES"),
        ("running", "connect over TCP", "done"),
    ])
    func `what is left of the files is left, and no more`(walls: String, act: String, outcome: String) throws {
        #expect(try Walls(rawValue: walls).outcome(of: act) == outcome)
    }

    @Test func `a filter holds for the threads that were there before, if it is to`() throws {
        #expect(try Walls.none.outcome(of: "confine this thread") == "done")
        #expect(try Walls.none.outcome(of: "confine all threads") == "refused EPERM")
    }

    @Test func `a profile that there is not makes no filter`() {
        var filter: OpaquePointer?
        #expect(ccf_filter_make(ccf_profile(rawValue: 99), &filter) == -EINVAL)
        #expect(filter == nil)
    }
}

/// What stands between the intruder and the rest, as the program names it.
struct Walls: RawRepresentable, Sendable, CustomTestStringConvertible {
    let rawValue: String
    var testDescription: String { rawValue }

    static let none = Walls(rawValue: "none")
    static let landlock = Walls(rawValue: "landlock")
    static let decoder = Walls(rawValue: "decoder")
    static let demuxer = Walls(rawValue: "demuxer")
    static let server = Walls(rawValue: "server")
    static let limits = Walls(rawValue: "limits")
    static let all = Walls(rawValue: "landlock,decoder,limits")

    /// Whether the kernel can build them: as of version 6 of Landlock. In CI it has to.
    static var stand: Bool { ccf_landlock_version() >= 6 || ProcessInfo.processInfo.environment["CI"] != nil }

    func outcome(of act: String) throws -> String {
        let program = Fixtures.root.appending(path: ".build/debug/intruder").path
        return try run(program, [rawValue, act]).ending().text.trimmingCharacters(in: .newlines)
    }
}
