import ArgumentParser
import Base
import Foundation
import Moderation
import Pipeline
import Server

struct ServeCommand: ConfinedCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the APIs of PicPurify, Sightengine, WebPurify, ModerateContent and nsfw-categorize.",
        discussion: """
            Programs written for one of the services work with this server if the host name is changed. On a loopback
            address any key is accepted unless --keys is given; other addresses need --keys. Logs go to standard
            error.
            """)

    @Option(help: "The address and port to listen on; port 0 for any free one.")
    var listen = "127.0.0.1:8080"

    @OptionGroup var serving: ServingArguments

    @Option(help: "A YAML file of keys that only its owner can read.")
    var keys: String?

    @Option(
        help: """
            A policy file that decides on everything; a key can have its own. Responses and callbacks then say what it \
            decides.
            """)
    var policy: String?

    @Flag(help: "Ignore requested tasks that cannot be judged, instead of refusing the request.")
    var partial = false

    @Option(help: "Images being judged or waiting. More are refused at once.")
    var queue = 64

    @Option(help: "Videos judged at once. More are refused at once.")
    var videos = 2

    @Option(help: "Submitted videos and live streams judged at once. More are refused.")
    var jobs = 4

    @Option(help: "The most pictures of one video.")
    var maxFrames = 3600

    @Option(help: "The most megabytes of an uploaded video.")
    var maxUpload = 50

    @Option(
        help: ArgumentHelp(
            """
            The address of the media server that tells of publishers at /hooks/nginx-rtmp or /hooks/mediamtx, such as \
            rtmp://127.0.0.1:1935. They are watched there.
            """, valueName: "address"))
    var rtmp: String?

    @Flag(help: "Accept videos and streams that are submitted, and leave judging them to `framesift work`.")
    var noWork = false

    func validate() throws {
        _ = try ServingArguments.address(listen)
        try checkNumber(queue, within: 1...100_000, "--queue")
        try checkNumber(videos, within: 1...64, "--videos")
        try checkNumber(jobs, within: 1...1000, "--jobs")
        try checkNumber(maxFrames, within: 1...1_000_000, "--max-frames")
        try checkNumber(maxUpload, within: 1...10_000, "--max-upload")
        if let rtmp, mediaServer == nil {
            throw ValidationError("--rtmp \(rtmp): an address such as rtmp://127.0.0.1:1935 belongs here.")
        }
        if noWork, try serving.store.address(environment: ProcessInfo.processInfo.environment) == nil {
            throw ValidationError("--no-work needs --store: nobody else could take the jobs.")
        }
    }

    /// The address without a slash at its end; `nil` if it is no address that streams have.
    private var mediaServer: String? {
        guard let rtmp, let parts = WebAddress.components(rtmp, schemes: ["rtmp", "rtmps", "rtsp"]), parts.query == nil,
            parts.fragment == nil
        else { return nil }
        return rtmp.hasSuffix("/") ? String(rtmp.dropLast()) : rtmp
    }

    func confined() throws -> ReadyServer {
        var options = ServerOptions()
        options.isPartial = partial
        options.imageQueue = queue
        options.videos = videos
        options.picturesPerVideo = maxFrames
        options.maxVideoBytes = maxUpload << 20
        options.jobs = jobs
        options.works = !noWork
        options.keys = try keys.map { try KeyFile(path: $0) }
        options.mediaServer = mediaServer
        options.policy = try policy.map { try PolicyFile.read($0) }
        return try serving.confined(options, listen: listen)
    }
}
