import ArgumentParser
import Dispatch
import FrameSampling

@main
struct Framesift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "framesift",
        abstract: "Moderate video: sample it, judge the pictures, and report what is seen and when.",
        discussion: """
            framesift check clip.mp4                             look for nudity
            framesift check clip.mp4 --task qr_code_moderation   look for QR codes
            framesift check FOLDER -o results                    moderate all that is in a folder
            framesift check https://example.org/a.webm --frame-interval 0.5 --format json
            framesift sample clip.mp4 -o frames                  only extract pictures
            framesift hash clip.mp4 > known.txt                  hash pictures for check --known known.txt
            framesift check clip.mp4 --provider sightengine --dry-run
            framesift check clip.mp4 --confirm --format html -o report.html
            framesift evaluate FOLDER --task gore                measure the judge on your own pictures
            framesift watch rtmp://example.org/live/show         moderate a live stream
            framesift packs                                      list the models on this machine
            framesift serve                                      serve five services' APIs on 127.0.0.1:8080
            framesift work --store postgresql://db/framesift     judge what servers of that store have accepted
            framesift jobs                                       see what was submitted, and stop or retry it

            Exit codes: 0 finished (OK or KO), 1 KO with --fail-on-ko, 2 undetermined, 64 usage,
            65 the input can't be decoded, 69 the judge can't be used, 74 output, port or state can't be opened,
            77 credentials missing or refused, 130 interrupted.
            """,
        version: version,
        subcommands: [
            CheckCommand.self, WatchCommand.self, ServeCommand.self, WorkCommand.self, JobsCommand.self,
            ReviewCommand.self,
            ReportCommand.self, SampleCommand.self, HashCommand.self, EvaluateCommand.self, PolicyCommand.self,
            FeedbackCommand.self, ProvidersCommand.self, PacksCommand.self, RunActionsCommand.self,
        ])

    static let version = "0.2.0"

    /// The `User-Agent` of all requests.
    static let userAgent = "framesift/" + version

    /// Not async, so that a command can begin before there are threads besides this one.
    static func main() {
        DecoderSandbox.start()
        limitArenas()
        do {
            let command = try parseAsRoot()
            let server = try (command as? any ConfinedCommand)?.confined()
            Task.detached {
                do {
                    if let server { try await server.run() } else { try await run(command) }
                    exit()
                } catch {
                    exit(withError: explain(error))
                }
            }
        } catch {
            exit(withError: explain(error))
        }
        dispatchMain()
    }

    private static func run(_ command: any ParsableCommand) async throws {
        var command = command
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            try command.run()
        }
    }
}
