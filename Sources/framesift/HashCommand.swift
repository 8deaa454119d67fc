import ArgumentParser
import FrameSampling
import Pipeline

struct HashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash",
        abstract: "Hash pictures for lists of known content. Prints vPDQ's frame,quality,hash,seconds for each.",
        discussion: """
            check, watch and serve take these lines with --known. A list of every picture (--interval all) matches \
            excerpts wherever they begin.
            """)

    @Argument(help: "A video or an image: a file, an http(s) address, or - for standard input.")
    var input: String

    @Option(help: "Seconds between hashes, 0.001 to 86400, or all for every picture.")
    var interval = VideoHashes.Choice.every(seconds: 1)

    @OptionGroup var sandbox: SandboxArguments

    func validate() throws {
        try VideoInput.validate(input)
    }

    func run() async throws {
        try sandbox.apply(isExposed: VideoInput.isAddress(input))
        let stop = StopSignal.whenInterrupted()
        let output = try Output(path: nil)
        var sampling = SamplingOptions()
        sampling.userAgent = Framesift.userAgent
        let hashes = VideoHashes(input: try await .named(input), choice: interval, sampling: sampling)
        let (hashed, failed) = try await hashes.run(stop: stop) { try output.write($0 + "\n") }
        if failed > 0 { printError("framesift: \(failed) pictures could not be decoded or hashed.") }
        if hashed == 0 { throw ExitCode.badInput }
        if stop.isStopped { throw ExitCode.interrupted }
    }
}

/// The values of `--interval`.
extension VideoHashes.Choice: ExpressibleByArgument {
    public init?(argument: String) {
        if argument == "all" {
            self = .all
        } else if let seconds = Double(argument), SamplingArguments.intervals.contains(seconds) {
            self = .every(seconds: seconds)
        } else {
            return nil
        }
    }

    public var defaultValueDescription: String { "1" }
}
