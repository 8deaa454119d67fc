import Endpoints
import Foundation
import FrameSampling
import Logging
import Moderation
import OnDevice
import Pipeline
import Server
import Store

/// What `serve` and `work` run once the process is confined.
struct ReadyServer: Sendable {
    let options: ServerOptions
    /// `nil`: a file of this machine's.
    let store: PostgreSQLAddress?
    /// Judges; `nil`: this machine does.
    let service: Service?
    /// Pictures judged at once; `nil`: what suits the judge.
    let concurrency: Int?
    /// Requests to the service per second; `nil`: its documented rate.
    let rate: Double?
    let isExperimental: Bool
    let known: KnownArguments
    let logger: Logger

    /// The most bytes of decoded pictures, whatever untrusted clients send.
    private static let (videoMemory, imageMemory) = (1 << 30, 256 << 20)

    func run() async throws {
        limitPictureMemory(videoBytes: Self.videoMemory, imageBytes: Self.imageMemory)
        let store = try store.map { try Store($0, folder: options.stateFolder) } ?? Store.standard()
        let judge = try known.beside(judge(store), policy: options.policy ?? Policy()) { [logger] in
            logger.warning("\($0)")
        }
        DecoderSandbox.keepWarm()
        DecoderSandbox.observeDeaths { [logger] in logger.warning("a decoder was ended: \($0)") }
        let server = try ModerationServer(judge: judge, store: store, options: options, logger: logger)
        try await server.run { port in printError("framesift: listening on \(options.host):\(port)") }
    }

    private func judge(_ store: Store) throws -> any ImageJudge {
        if let service {
            var rules = service.profile.rules
            rules.isFinal = false
            if let concurrency { rules.concurrency = concurrency }
            if let rate { rules.rate = rate }
            if service.profile.takesAddressesOnly {
                throw JudgeStop(.unavailable, "\(service.rawValue) takes addresses only and cannot judge for a server.")
            }
            let account = try Account(service, environment: ProcessInfo.processInfo.environment)
            return try ServiceJudge(account, userAgent: Framesift.userAgent, ledger: ledger(store, rules), rules: rules)
        }
        let installation = Installation.here
        let judge = try OnDeviceJudge(
            installation, for: try OnDeviceJudge.categories(of: installation, experimental: isExperimental),
            version: Framesift.version, experimental: isExperimental, concurrency: concurrency)
        printWarnings(of: judge.identity)
        return judge
    }

    private func ledger(_ store: Store, _ rules: CallingRules) -> any Ledger {
        guard store.isShared else { return store }
        return GroupCommitLedger(
            store, calls: rules.inWork, patience: options.serves ? Self.servingPatience : Self.workingPatience)
    }

    /// How long an answer waits to be written with others: clients of a server wait for it, nobody those of a worker.
    private static let (servingPatience, workingPatience) = (Duration.milliseconds(50), Duration.seconds(1))
}
