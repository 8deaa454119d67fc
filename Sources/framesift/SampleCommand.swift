import ArgumentParser
import FrameSampling
import Moderation
import Pipeline

struct SampleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Only extract pictures: 00000001.jpg … and a manifest.json.")

    @Argument(help: "A file, an http(s) address, or - for standard input.")
    var input: String

    @OptionGroup var sampling: SamplingArguments

    @OptionGroup var sandbox: SandboxArguments

    @Option(name: .shortAndLong, help: "The folder to write to. It is created if missing.")
    var output: String

    @Option(help: "Shrink pictures whose longest side is longer than this many pixels.")
    var maxSide: Int?

    @Option(help: "JPEG quality, 1 to 100.")
    var quality = 85

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        try VideoInput.validate(input)
        try checkNumber(maxSide, within: 16...32_768, "--max-side")
        try checkNumber(quality, within: 1...100, "--quality")
    }

    func run() async throws {
        try sandbox.apply(isExposed: VideoInput.isAddress(input))
        let stop = StopSignal.whenInterrupted()
        let bar = ProgressBar(quiet: quiet)
        let export = SampleExport(
            input: try await .named(input), folder: output, sampling: sampling.options,
            jpeg: JPEGLimits(longestSide: maxSide, quality: quality))
        let manifest = try await export.run(stop: stop) { bar.show("\($0) pictures") }
        bar.clear()
        if !quiet { printError("\(manifest.frames.count) pictures in \(output)") }
        if stop.isStopped { throw ExitCode.interrupted }
    }
}
