import ArgumentParser
import Foundation
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
    var interval = Interval.seconds(1)

    enum Interval: ExpressibleByArgument, Hashable {
        case seconds(Double)
        case all

        init?(argument: String) {
            if argument == "all" {
                self = .all
            } else if let seconds = Double(argument), SamplingArguments.intervals.contains(seconds) {
                self = .seconds(seconds)
            } else {
                return nil
            }
        }

        var defaultValueDescription: String { "1" }
    }

    func validate() throws {
        if input.contains("://"), case .path = VideoInput(input) {
            throw ValidationError("\(VideoInput(input).name): only files, http:// and https:// addresses can be read.")
        }
    }

    func run() async throws {
        let stop = StopSignal()
        let interruption = Interruption(stop)
        let output = try Output(path: nil)
        var sampling = SamplingOptions()
        sampling.userAgent = Framesift.userAgent
        let choice: VideoHashes.Choice
        switch interval {
        case .seconds(let seconds): choice = .every(seconds: seconds)
        case .all: choice = .all
        }
        let hashes = VideoHashes(input: VideoInput(input), choice: choice, sampling: sampling)
        do {
            let (hashed, failed) = try await hashes.run(stop: stop) { try output.write($0 + "\n") }
            if failed > 0 { printError("framesift: \(failed) pictures could not be decoded or hashed.") }
            if hashed == 0 { throw ExitCode.badInput }
        } catch {
            throw explain(error)
        }
        withExtendedLifetime(interruption) {}
        if stop.isStopped { throw ExitCode.interrupted }
    }
}
