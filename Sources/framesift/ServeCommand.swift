import ArgumentParser
import Endpoints
import Foundation
import FrameSampling
import Logging
import Moderation
import OnDevice
import Pipeline
import Server
import Store

struct ServeCommand: ParsableCommand {
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

    @Option(help: "The judge: \(ProviderName.all.joined(separator: ", ")).")
    var provider = ProviderName.onDevice

    @OptionGroup var known: KnownArguments

    @OptionGroup var sandbox: SandboxArguments

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

    @Flag(help: "Also judge what the judge on this machine is not good at: alcohol, drugs, sunglasses.")
    var experimental = false

    @Flag(help: "Also fetch URLs at private and loopback addresses.")
    var allowPrivateUrls = false

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

    @Option(help: "Seconds to finish running requests when asked to stop.")
    var grace = 20.0

    @Option(help: "The log level: trace, debug, info, notice, warning or error.")
    var logLevel = "info"

    func validate() throws {
        try ProviderName.check(provider)
        if address == nil { throw ValidationError("--listen has to be an address and a port, such as 127.0.0.1:8080.") }
        if Logger.Level(rawValue: logLevel) == nil {
            throw ValidationError("--log-level has to be trace, debug, info, notice, warning or error.")
        }
        try checkNumber(queue, within: 1...100_000, "--queue")
        try checkNumber(videos, within: 1...64, "--videos")
        try checkNumber(jobs, within: 1...1000, "--jobs")
        try checkNumber(maxFrames, within: 1...1_000_000, "--max-frames")
        try checkNumber(maxUpload, within: 1...10_000, "--max-upload")
        try checkSeconds(grace, within: 0...3600, "--grace")
    }

    /// Host and port of `--listen`. IPv6 addresses are in brackets.
    private var address: (host: String, port: Int)? {
        guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        let host = listen[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return host.isEmpty ? nil : (host, port)
    }

    /// The server, with what is read once read, what is missing fetched, and the process confined. On the main thread,
    /// before there are others.
    func confined() throws -> ReadyServer {
        try sandbox.apply(isExposed: true)
        var options = options
        options.keys = try keys.map { try KeyFile(path: $0) }
        options.policy = try policy.map { try PolicyFile.read($0) }
        let isExperimental = experimental || options.policy?.allowsExperiments == true
        let environment = ProcessInfo.processInfo.environment
        let service = Service(rawValue: provider)
        if service == nil {
            try PackFetcher(.here, environment: environment).fetchHere(for: nil, experimental: isExperimental)
        }
        try Store.prepare(folder: options.stateFolder)
        let gaps = try confinement(beside: options.stateFolder).begin()
        for gap in gaps { logger.warning("not confined: \(gap)") }
        options.isConfined = gaps.isEmpty
        return ReadyServer(
            options: options, service: service, isExperimental: isExperimental, known: known, logger: logger)
    }

    private func confinement(beside state: URL) -> Confinement {
        let environment = ProcessInfo.processInfo.environment
        // Lists are read again when they are replaced, so that their folders have to be left.
        let lists = known.paths.map { URL(filePath: $0).deletingLastPathComponent().path }
        let certificates = ["CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"].compactMap { environment[$0] }
        return Confinement(
            readable: Confinement.system + Installation.here.paths + lists + certificates,
            writable: [state.path, NSTemporaryDirectory(), "/dev/null"])
    }

    private var logger: Logger {
        var logger = Logger(label: "framesift", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        return logger
    }

    private var options: ServerOptions {
        var options = ServerOptions()
        if let address { (options.host, options.port) = address }
        options.isPartial = partial
        options.allowsPrivateURLs = allowPrivateUrls
        options.imageQueue = queue
        options.videos = videos
        options.picturesPerVideo = maxFrames
        options.maxVideoBytes = maxUpload << 20
        options.shutdownGrace = .seconds(grace)
        options.version = Framesift.version
        options.jobs = jobs
        let environment = ProcessInfo.processInfo.environment
        options.stateFolder = Store.standardFolder(environment: environment)
        options.callbackSecret = environment["FRAMESIFT_CALLBACK_SECRET"]
        return options
    }
}
