import ArgumentParser
import Foundation
import Moderation
import Pipeline
import Reports
import Wire

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Try policies out before using them.",
        subcommands: [Simulate.self, Measure.self, Calibrate.self])

    struct Policies: ParsableArguments {
        @Option(
            name: .customLong("policy"),
            help: "A policy: a YAML file, or YAML such as '{decision: {at_least: 2}}'. Can be repeated.")
        var arguments: [String] = []

        func read(otherwise examples: [String] = []) throws -> [(String, Policy)] {
            try (arguments.isEmpty ? examples : arguments)
                .map { try NamedPolicy($0, vocabulary: .ofServices) }.map { ($0.name, $0.policy) }
        }
    }

    struct Simulate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what policies would have decided on saved results. Nothing is judged again.",
            discussion: "A star marks decisions that would have been different.")

        @Argument(help: "Results saved with check --format json.")
        var results: [String]

        @OptionGroup var policies: Policies

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            if policies.arguments.isEmpty { throw ValidationError("Give at least one policy: --policy FILE.") }
        }

        func run() throws {
            let saved = try results.map { ($0, try ModerationResult.read($0)) }
            let comparison = PolicyComparison(saved, under: try policies.read())
            print(json ? try comparison.json() : comparison.text(), terminator: "")
        }
    }

    struct Measure: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Simulate false alarms and misses of policies from the error rates of a judge.",
            discussion: """
                Generates videos, some clean and some with an event, judges their pictures randomly, and applies each
                policy. Without --policy, tries one of each kind. The same seed gives the same table.
                """)

        @OptionGroup var policies: Policies

        @Option(help: "The probability (0 to 1) that a clean picture is a hit.")
        var falsePositives = 0.06

        @Option(help: "The probability (0 to 1) that a picture of the event is a hit.")
        var recall = 0.9

        @Option(help: "The length of a video in seconds.")
        var length = 60.0

        @Option(help: "The length of the event in seconds.")
        var event = 3.0

        @Option(help: "Seconds between samples.")
        var frameInterval = 1.0

        @Option(help: "Errors of pictures within this many seconds coincide; 0 for independent errors.")
        var burst = 0.0

        @Option(help: "How many videos of each kind to simulate.")
        var videos = 10_000

        @Option(help: "The seed of the random numbers.")
        var seed: UInt64 = 1

        func validate() throws {
            guard (0...1).contains(falsePositives), (0...1).contains(recall) else {
                throw ValidationError("--false-positives and --recall have to be from 0 to 1.")
            }
            guard (0.1...86_400).contains(length), (0.001...length).contains(event),
                (0.001...length).contains(frameInterval),
                (0...length).contains(burst)
            else {
                throw ValidationError("--event, --frame-interval and --burst cannot exceed --length, at most 86400.")
            }
            try checkNumber(videos, within: 1...1_000_000, "--videos")
        }

        func run() async throws {
            var trial = PolicyTrial()
            (trial.falsePositives, trial.recall, trial.videos, trial.seed) = (falsePositives, recall, videos, seed)
            (trial.length, trial.event) = (Int(length * 1000), Int(event * 1000))
            (trial.interval, trial.burst) = (max(1, Int(frameInterval * 1000)), Int(burst * 1000))
            let policies = try policies.read(otherwise: NamedPolicy.examples)
            let outcomes = await withTaskGroup { [trial] group in
                for (index, (_, policy)) in policies.enumerated() { group.addTask { (index, trial.run(policy)) } }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            let rows = policies.enumerated().compactMap { index, policy in outcomes[index].map { (policy.0, $0) } }
            print(PolicyTrialTable.render(rows), terminator: "")
        }
    }
}

extension ModerationResult {
    /// Reads a saved result.
    static func read(_ path: String) throws -> ModerationResult {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError(.badInput, "\(path): the file cannot be read.")
        }
        do {
            return try ModerationResult(json: data)
        } catch let problem as LaterVersion {
            throw CommandError(.badInput, "\(path): \(problem).")
        } catch let problem as OutOfBounds {
            throw CommandError(.badInput, "\(path): this is not a result of framesift check: \(problem).")
        } catch {
            throw CommandError(.badInput, "\(path): this is not a result of framesift check.")
        }
    }
}
