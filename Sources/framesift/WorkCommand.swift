import ArgumentParser
import Foundation
import Server

struct WorkCommand: ConfinedCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Judge jobs that servers have accepted.",
        discussion: """
            Takes submitted videos and live streams out of a store that it shares with servers, as many as it has room
            for. Told to stop, it leaves streams to other workers at once, and videos that are not done when the grace
            period ends, with what was judged. Killed, it is noticed when its lease ends, 30 s later at most.
            """)

    @OptionGroup var serving: ServingArguments

    @Option(help: "Submitted videos judged at once.")
    var videos = 2

    @Option(help: "Live streams judged at once.")
    var streams = 8

    @Option(help: "The address and port of /healthz and /metrics; port 0 for any free one.")
    var listen = "127.0.0.1:0"

    func validate() throws {
        _ = try ServingArguments.address(listen)
        try checkNumber(videos, within: 0...1000, "--videos")
        try checkNumber(streams, within: 0...1000, "--streams")
        if videos + streams == 0 { throw ValidationError("--videos and --streams leave nothing to do.") }
        if try serving.store.address(environment: ProcessInfo.processInfo.environment) == nil {
            throw ValidationError("work needs a store that servers share: --store postgresql://HOST/DATABASE.")
        }
    }

    func confined() throws -> ReadyServer {
        var options = ServerOptions()
        options.serves = false
        (options.maxFileJobs, options.maxLiveJobs) = (videos, streams)
        options.jobs = videos + streams
        return try serving.confined(options, listen: listen)
    }
}
