import ArgumentParser
import FrameSampling

extension SandboxMode: ExpressibleByArgument {}

/// Where to decode; for every command that does.
struct SandboxArguments: ParsableArguments {
    @Option(
        help: """
            Decode in processes without files, network or rights, one an input: on, off, or auto (where the system can). \
            Default: on for addresses, watch and serve, otherwise auto.
            """)
    var sandbox: SandboxMode?

    /// Applies the option to the whole process, and says on standard error what is missing.
    /// - Parameter isExposed: Whether what is decoded comes from elsewhere.
    /// - Throws: `CommandError` if a sandbox is asked for and there is none.
    func apply(isExposed: Bool) throws {
        let walls = DecoderSandbox.walls
        let sandbox = sandbox ?? (isExposed ? .on : .auto)
        DecoderSandbox.mode = sandbox
        guard sandbox != .off else { return }
        guard walls.isAvailable else {
            if sandbox == .on {
                throw CommandError(
                    .judgeUnavailable, "No process can be started to decode in; --sandbox off decodes without.")
            }
            return printError("framesift: decoding without a sandbox: no process can be started for it.")
        }
        let missing = [walls.isFiltered ? nil : "seccomp", walls.landlock > 0 ? nil : "Landlock"].compactMap(\.self)
        guard !missing.isEmpty else { return }
        let sentence = "the system lacks \(missing.joined(separator: " and ")), which keeps decoders in"
        if sandbox == .on, !walls.isFiltered {
            throw CommandError(.judgeUnavailable, "\(sentence); --sandbox auto decodes all the same.")
        }
        printError("framesift: \(sentence).")
    }
}

extension VideoInput {
    /// Whether it comes from another machine.
    var isAddress: Bool {
        switch self {
        case .address, .signed: true
        case .path, .standardInput: false
        }
    }
}
