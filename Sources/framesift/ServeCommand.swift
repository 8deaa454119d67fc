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
        abstract: "Answer PicPurify's, Sightengine's, WebPurify's, ModerateContent's and nsfw-categorize's APIs.",
        discussion: """
            Programs written for one of the services run against this by changing a host name. On a loopback address any
            key is accepted unless --keys names a file of keys; any other address needs one. Logs go to standard error.
            """)

    @Option(help: "Address and port; port 0 takes any that is free.")
    var listen = "127.0.0.1:8080"

    @Option(help: "Who judges: \(ProviderName.all.joined(separator: ", ")).")
    var provider = ProviderName.onDevice

    @OptionGroup var known: KnownArguments

    @Option(help: "A YAML file of keys, readable by its owner alone.")
    var keys: String?

    @Option(
        help: """
            A YAML file that says what is harmful, from which probability, and how samples decide; a key may have its own. \
            Answers and callbacks then say what it decides.
            """)
    var policy: String?

    @Flag(help: "Leave out what cannot be judged, instead of refusing a request that asks for it.")
    var partial = false

    @Flag(help: "Also judge what the judge on this machine is not good at: alcohol, drugs, sunglasses.")
    var experimental = false

    @Flag(help: "Fetch URLs at private and loopback addresses too.")
    var allowPrivateUrls = false

    @Option(help: "Images being judged or waiting for it; more are refused at once.")
    var queue = 64

    @Option(help: "Videos judged at once; more are refused at once.")
    var videos = 2

    @Option(help: "Submitted videos and live streams judged at once; more are refused.")
    var jobs = 4

    @Option(help: "Pictures of one video at most.")
    var maxFrames = 3600

    @Option(help: "Megabytes of an uploaded video at most.")
    var maxUpload = 50

    @Option(help: "Seconds for finishing what is in flight when asked to stop.")
    var grace = 20.0

    @Option(help: "trace, debug, info, notice, warning or error.")
    var logLevel = "info"

    func validate() throws {
        if !ProviderName.all.contains(provider) {
            throw ValidationError(
                "There is no provider “\(provider)”; there are \(ProviderName.all.joined(separator: ", ")).")
        }
        if address == nil { throw ValidationError("--listen is an address and a port, such as 127.0.0.1:8080.") }
        if Logger.Level(rawValue: logLevel) == nil {
            throw ValidationError("--log-level is trace, debug, info, notice, warning or error.")
        }
        try check(queue, 1...100_000, "--queue")
        try check(videos, 1...64, "--videos")
        try check(jobs, 1...1000, "--jobs")
        try check(maxFrames, 1...1_000_000, "--max-frames")
        try check(maxUpload, 1...10_000, "--max-upload")
        guard (0...3600).contains(grace) else {
            throw ValidationError("--grace is a number of seconds from 0 to 3600.")
        }
    }

    private func check(_ value: Int, _ range: ClosedRange<Int>, _ name: String) throws {
        guard range.contains(value) else {
            throw ValidationError("\(name) is a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
    }

    /// Host and port; an IPv6 address stands in brackets.
    private var address: (host: String, port: Int)? {
        guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        let host = listen[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return host.isEmpty ? nil : (host, port)
    }

    /// Bytes of decoded pictures: what strangers send may take so much, whatever it claims.
    private static let (videoMemory, imageMemory) = (1 << 30, 256 << 20)

    func run() async throws {
        do {
            limitPictureMemory(videoBytes: Self.videoMemory, imageBytes: Self.imageMemory)
            let store = try store()
            let policy = try policy.map { try PolicyFile.read($0) }
            let judge = try await judge(store, experimental || policy?.allowsExperiments == true)
            var options = options
            options.policy = policy
            let server = try ModerationServer(
                judge: try known.beside(judge, policy: policy ?? Policy()) { [logger] in logger.warning("\($0)") },
                store: store, options: options, logger: logger)
            let host = options.host
            try await server.run { port in printError("framesift: listening on \(host):\(port)") }
        } catch {
            throw explain(error)
        }
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
            var rules = ServiceJudge.standardRules(service)
            rules.isFinal = false
            if service.takesAddressesOnly {
                throw JudgeStop(.unavailable, "\(provider) takes addresses only, and cannot judge for a server.")
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

    private func store() throws -> Store {
        try Store(folder: Store.standardFolder(environment: ProcessInfo.processInfo.environment))
    }
}
