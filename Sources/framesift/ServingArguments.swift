import ArgumentParser
import Endpoints
import Foundation
import Logging
import Moderation
import OnDevice
import Pipeline
import Server
import Store

/// A command that gives up what it does not need before there are threads.
protocol ConfinedCommand: ParsableCommand {
    /// What the command runs, with what is read once read, what is missing fetched, and the process confined. To be called
    /// on the main thread, before there are others.
    func confined() throws -> ReadyServer
}

/// What `serve` and `work` have in common.
struct ServingArguments: ParsableArguments {
    @Option(help: "The judge: \(ProviderName.all.joined(separator: ", ")).")
    var provider = ProviderName.onDevice

    @Option(
        help:
            "Pictures judged at once, of all jobs and requests together: calls to a service, or threads on this machine."
    )
    var concurrency: Int?

    @Option(help: "Requests to a service per second, of this process. Default: the service's documented rate.")
    var rate: Double?

    @OptionGroup var known: KnownArguments

    @OptionGroup var sandbox: SandboxArguments

    @OptionGroup var store: StoreArguments

    @OptionGroup var review: ReviewArguments

    @OptionGroup var actions: ActionArguments

    @Flag(help: "Also judge what the judge on this machine is not good at: alcohol, drugs, sunglasses.")
    var experimental = false

    @Flag(help: "Also fetch URLs at private and loopback addresses.")
    var allowPrivateUrls = false

    @Option(help: "Seconds to finish what is running when asked to stop.")
    var grace = 20.0

    @Option(help: "The log level: trace, debug, info, notice, warning or error.")
    var logLevel = "info"

    func validate() throws {
        try ProviderName.check(provider)
        try checkNumber(concurrency, within: 1...64, "--concurrency")
        try checkRate(rate)
        if Logger.Level(rawValue: logLevel) == nil {
            throw ValidationError("--log-level has to be trace, debug, info, notice, warning or error.")
        }
        try checkSeconds(grace, within: 0...3600, "--grace")
    }

    /// Host and port. IPv6 addresses are in brackets.
    static func address(_ listen: String) throws -> (host: String, port: Int) {
        if let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
            (0...65_535).contains(port)
        {
            let host = listen[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
            if !host.isEmpty { return (host, port) }
        }
        throw ValidationError("--listen has to be an address and a port, such as 127.0.0.1:8080.")
    }

    /// Confines the process and returns what it runs then.
    /// - Parameter options: Without what is set here.
    func confined(_ options: ServerOptions, listen: String) throws -> ReadyServer {
        try sandbox.apply(isExposed: true)
        var options = options
        (options.host, options.port) = try Self.address(listen)
        options.allowsPrivateURLs = allowPrivateUrls
        options.shutdownGrace = .seconds(grace)
        options.version = Framesift.version
        let environment = ProcessInfo.processInfo.environment
        options.stateFolder = Store.standardFolder(environment: environment)
        options.callbackSecret = environment["FRAMESIFT_CALLBACK_SECRET"]
        options.media = try store.jobMedia()
        options.review = review.options
        let isExperimental = experimental || options.policy?.allowsExperiments == true
        let service = Service(rawValue: provider)
        if service == nil {
            try PackFetcher(.here, environment: environment).fetchHere(for: nil, experimental: isExperimental)
        }
        let address = try store.address(environment: environment)
        options.actions = try actions.apart()
        try Store.prepare(folder: options.stateFolder)
        let gaps = try confinement(beside: options.stateFolder, environment).begin()
        for gap in gaps { logger.warning("not confined: \(gap)") }
        options.isConfined = gaps.isEmpty
        return ReadyServer(
            options: options, store: address, service: service, concurrency: concurrency, rate: rate,
            isExperimental: isExperimental, known: known, logger: logger)
    }

    private func confinement(beside state: URL, _ environment: [String: String]) -> Confinement {
        // Lists are read again when they are replaced, so that their folders have to be left.
        let lists = known.paths.map { URL(filePath: $0).deletingLastPathComponent().path }
        let certificates = ["CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"].compactMap { environment[$0] }
        return Confinement(
            readable: Confinement.system + Installation.here.paths + lists + certificates
                + StoreArguments.files(environment: environment),
            writable: [state.path, NSTemporaryDirectory(), "/dev/null"])
    }

    private var logger: Logger {
        var logger = Logger(label: "framesift", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        return logger
    }
}
