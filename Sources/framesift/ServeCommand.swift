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

struct ServeCommand: AsyncParsableCommand {
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

    /// The most bytes of decoded pictures, whatever untrusted clients send.
    private static let (videoMemory, imageMemory) = (1 << 30, 256 << 20)

    func run() async throws {
        try sandbox.apply()
        limitPictureMemory(videoBytes: Self.videoMemory, imageBytes: Self.imageMemory)
        let store = try Store.standard()
        let policy = try policy.map { try PolicyFile.read($0) }
        let judge = try await judge(store, experimental || policy?.allowsExperiments == true)
        var options = options
        options.policy = policy
        let server = try ModerationServer(
            judge: try known.beside(judge, policy: policy ?? Policy()) { [logger] in logger.warning("\($0)") },
            store: store, options: options, logger: logger)
        DecoderSandbox.observeDeaths { [logger] in logger.warning("a decoder was ended: \($0)") }
        let host = options.host
        try await server.run { port in printError("framesift: listening on \(host):\(port)") }
    }

    private var logger: Logger {
        var logger = Logger(label: "framesift", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        return logger
    }

    private var options: ServerOptions {
        var options = ServerOptions()
        if let address { (options.host, options.port) = address }
        options.keys = keys
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

    private func judge(_ store: Store, _ experimental: Bool) async throws -> any ImageJudge {
        let environment = ProcessInfo.processInfo.environment
        if let service = Service(rawValue: provider) {
            var rules = service.profile.rules
            rules.isFinal = false
            if service.profile.takesAddressesOnly {
                throw JudgeStop(.unavailable, "\(provider) takes addresses only and cannot judge for a server.")
            }
            return try ServiceJudge(
                try Account(service, environment: environment), userAgent: Framesift.userAgent,
                ledger: store, rules: rules)
        }
        let installation = Installation.here
        try await PackFetcher(installation, environment: environment).fetch(for: nil, experimental: experimental)
        let judge = try OnDeviceJudge(
            installation, for: try OnDeviceJudge.categories(of: installation, experimental: experimental),
            version: Framesift.version, experimental: experimental)
        printWarnings(of: judge.identity)
        return judge
    }
}
