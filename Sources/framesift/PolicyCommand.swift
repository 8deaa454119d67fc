import ArgumentParser
import Foundation
import Moderation
import Pipeline
import Reports
import Wire

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Try policies out before using them.",
        subcommands: [Simulate.self, Measure.self])

    struct Policies: ParsableArguments {
        @Option(
            name: .customLong("policy"),
            help: "A policy: a YAML file, or YAML such as '{decision: {at_least: 2}}'. Once for each.")
        var arguments: [String] = []

        func read(otherwise examples: [String] = []) throws -> [(String, Policy)] {
            do {
                return try (arguments.isEmpty ? examples : arguments)
                    .map { try NamedPolicy($0, vocabulary: .ofServices) }.map { ($0.name, $0.policy) }
            } catch let problem as PolicyFile.Problem {
                printError("framesift: \(problem)")
                throw ExitCode.usage
            }
        }
    }

    struct Simulate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What policies would have decided on saved results; nothing is judged again.",
            discussion: "A star marks what would have been decided otherwise than it was.")

        @Argument(help: "Results saved with check --format json.")
        var results: [String]

        @OptionGroup var policies: Policies

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            if policies.arguments.isEmpty { throw ValidationError("Name at least one policy: --policy FILE.") }
        }

        func run() throws {
            let saved = try results.map { ($0, try ModerationResult.read($0)) }
            let comparison = PolicyComparison(saved, under: try policies.read())
            print(json ? try comparison.json() : comparison.text(), terminator: "")
        }
    }

    struct Measure: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "False alarms and misses of policies, by the error rates of a judge.",
            discussion: """
                Makes up videos, clean ones and ones with an event, judges their pictures by chance, and lets each policy decide.
                Without --policy, one of each kind. The same seed gives the same table.
                """)

        @OptionGroup var policies: Policies

        @Option(help: "Chance that a clean picture is taken for a hit, 0 to 1.")
        var falsePositives = 0.06

        @Option(help: "Chance that a picture of the event is taken for one, 0 to 1.")
        var recall = 0.9

        @Option(help: "Seconds of a video.")
        var length = 60.0

        @Option(help: "Seconds of the event.")
        var event = 3.0

        @Option(help: "Seconds between samples.")
        var frameInterval = 1.0

        @Option(help: "Pictures within so many seconds err together; 0: each by itself.")
        var burst = 0.0

        @Option(help: "Videos of each kind.")
        var videos = 10_000

        @Option(help: "Where chance begins.")
        var seed: UInt64 = 1

        func validate() throws {
            guard (0...1).contains(falsePositives), (0...1).contains(recall) else {
                throw ValidationError("--false-positives and --recall are from 0 to 1.")
            }
            guard (0.1...86_400).contains(length), (0.001...length).contains(event),
                (0.001...length).contains(frameInterval),
                (0...length).contains(burst)
            else { throw ValidationError("--event, --frame-interval and --burst lie within --length, at most 86400.") }
            guard (1...1_000_000).contains(videos) else { throw ValidationError("--videos is from 1 to 1000000.") }
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
    /// A saved result. What cannot be read, or is none, is told in one sentence.
    static func read(_ path: String) throws -> ModerationResult {
        guard let data = FileManager.default.contents(atPath: path) else {
            printError("framesift: \(path): the file cannot be read.")
            throw ExitCode.badInput
        }
        do {
            return try ModerationResult(json: data)
        } catch let problem as LaterVersion {
            printError("framesift: \(path): \(problem).")
            throw ExitCode.badInput
        } catch let problem as OutOfBounds {
            printError("framesift: \(path): this is not a result of framesift check: \(problem).")
            throw ExitCode.badInput
        } catch {
            printError("framesift: \(path): this is not a result of framesift check.")
            throw ExitCode.badInput
        }
    }
}
