import ArgumentParser
import Endpoints
import Foundation
import Moderation
import OnDevice
import Pipeline
import Store
import Wire

/// A judge and what to ask it for.
typealias TaskedJudge = (judge: any ImageJudge, tasks: [ModerationTask])

/// Which judge to use, and its limits.
struct JudgeArguments: ParsableArguments {
    @Option(
        help: "The judge: \(ProviderName.all.joined(separator: ", ")). Or two, separated by a comma, with --escalate.")
    var provider = ProviderName.onDevice

    @Option(help: "frames: pictures are sampled here and judged one by one. native: the service gets the whole video.")
    var mode = Mode.frames

    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case frames, native
    }

    @Option(
        name: [.long, .customLong("callback-listen")],
        help: "Listen here for services that fetch pictures or post callbacks. Default: any free port.")
    var frameHost = "127.0.0.1:0"

    @Option(help: "The address by which such a service reaches this machine.")
    var publicUrl: String?

    @Option(help: "Pass pictures that the first judge scores from LOW to HIGH (0…1) to the second, such as 0.2..0.8.")
    var escalate: String?

    @Option(help: "Stop before a service bills more operations than this.")
    var maxCost: Int?

    @Flag(help: "Also judge what the judge on this machine is not good at. The result says how good it is.")
    var experimental = false

    @Flag(help: "Ignore and delete the service's stored judgements.")
    var fresh = false

    @Option(help: "The longest side in pixels of the pictures sent. Default: what the service recommends.")
    var maxSide: Int?

    @Option(help: "Requests per second. Default: the service's documented rate.")
    var rate: Double?

    func validate() throws {
        let names = providers
        for name in names { try ProviderName.check(name) }
        if names.isEmpty || names.count > 2 { throw ValidationError("--provider takes one judge or two.") }
        if (names.count == 2) != (escalate != nil) {
            throw ValidationError("--escalate needs two judges, and two judges need --escalate.")
        }
        if escalate != nil, band == nil {
            throw ValidationError("--escalate has to be two probabilities, such as 0.2..0.8.")
        }
        if mode == .native, !NativeVideoJudge.services.map(\.rawValue).contains(provider) {
            let names = NativeVideoJudge.services.map(\.rawValue).joined(separator: " or ")
            throw ValidationError("--mode native needs --provider \(names).")
        }
        if let maxCost, maxCost < 0 { throw ValidationError("--max-cost cannot be negative.") }
        try checkNumber(maxSide, within: 50...8192, "--max-side")
        try checkRate(rate)
    }

    var providers: [String] { provider.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }

    /// Whether nothing leaves this machine.
    var judgesHere: Bool { provider == ProviderName.onDevice }

    private var band: ClosedRange<Double>? {
        let ends = (escalate ?? "").components(separatedBy: "..").compactMap { Double($0) }
        guard ends.count == 2, 0 <= ends[0], ends[0] <= ends[1], ends[1] <= 1 else { return nil }
        return ends[0]...ends[1]
    }

    /// Creates the judge, and the tasks to ask it for.
    /// - Parameters:
    ///   - task: The value of `--task`.
    ///   - policy: It can allow experimental categories, as `--experimental` does.
    /// - Throws: `TaskError`, `JudgeStop`, `OnDeviceError` or `StoreError`.
    func make(task: String?, concurrency: Int?, policy: Policy) async throws -> TaskedJudge {
        let experimental = experimental || policy.allowsExperiments
        let first = try await judge(providers[0], task: task, concurrency: concurrency, experimental)
        guard providers.count == 2, let band else { return first }
        let second = try await judge(
            providers[1], task: task, concurrency: concurrency, experimental,
            second: first.tasks.categories)
        return (SecondOpinion(first.judge, second.judge, band: band), first.tasks)
    }

    /// Starts a host that runs until the program ends.
    private func startHost(for account: Account) async throws -> FrameHost {
        let isNear = ["127.0.0.1", "localhost", "[::1]"].contains { account.address.contains("//" + $0) }
        guard publicUrl != nil || isNear else {
            throw JudgeStop(
                .unavailable,
                "\(account.service.rawValue) fetches pictures from here; set --frame-host and a reachable --public-url."
            )
        }
        guard let colon = frameHost.lastIndex(of: ":"), let port = Int(frameHost[frameHost.index(after: colon)...])
        else {
            throw ValidationError("--frame-host has to be an address and a port, such as 0.0.0.0:9000.")
        }
        let host = FrameHost()
        _ = try await host.start(host: String(frameHost[..<colon]), port: port, publicURL: publicUrl)
        return host
    }

    /// Creates a judge of whole videos, and the tasks to ask it for.
    /// - Throws: `TaskError`, `JudgeStop` or `StoreError`.
    func makeNative(
        task: String?, progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> (judge: NativeVideoJudge, tasks: [ModerationTask]) {
        guard let service = Service(rawValue: provider) else { throw ExitCode.usage }
        let account = try Account(service, environment: ProcessInfo.processInfo.environment)
        // Without an address that the service can reach, the judge polls for results.
        let callbacks = service == .sightengine && publicUrl != nil ? try await startHost(for: account) : nil
        let store = try Store.standard()
        let judge = try NativeVideoJudge(
            account, userAgent: Framesift.userAgent, ledger: store, callbacks: callbacks,
            progress: progress)
        if fresh { try await store.forget(judge: judge.keptAs) }
        return (judge, try TaskVocabulary.ofServices.tasks(task, judge: provider, available: judge.categories))
    }

    /// - Parameter second: For the second judge, the categories of the first, of which it may judge fewer.
    private func judge(
        _ name: String, task: String?, concurrency: Int?, _ experimental: Bool,
        second: Set<ContentCategory>? = nil
    ) async throws -> TaskedJudge {
        if let service = Service(rawValue: name) {
            let judge = try await serviceJudge(service, concurrency: concurrency)
            if second != nil { return (judge, []) }
            return (judge, try TaskVocabulary.ofServices.tasks(task, judge: name, available: judge.categories))
        }
        let installation = Installation.here
        try await PackFetcher(installation, environment: ProcessInfo.processInfo.environment).fetch(
            for: TaskVocabulary.ofServices.categories(askedBy: task, byDefault: OnDeviceJudge.askedByDefault),
            experimental: experimental)
        let available = try OnDeviceJudge.categories(of: installation, experimental: experimental)
        let tasks =
            try second?.intersection(available).map { ModerationTask(name: $0.rawValue, categories: [$0]) }
            ?? OnDeviceJudge.tasks(task, available: available, in: .ofServices)
        let judge = try OnDeviceJudge(
            installation, for: tasks.categories, version: Framesift.version,
            experimental: experimental)
        printWarnings(of: judge.identity)
        return (judge, tasks)
    }

    private func serviceJudge(_ service: Service, concurrency: Int?) async throws -> ServiceJudge {
        let account = try Account(service, environment: ProcessInfo.processInfo.environment)
        let store = try Store.standard()
        var rules = service.profile.rules
        if let concurrency { rules.concurrency = concurrency }
        if let rate { rules.rate = rate }
        let host = service.profile.takesAddressesOnly ? try await startHost(for: account) : nil
        let judge = try ServiceJudge(
            account, userAgent: Framesift.userAgent, ledger: store, maxOperations: maxCost,
            maxSide: maxSide, host: host, rules: rules)
        if fresh { try await store.forget(judge: judge.keptAs) }
        return judge
    }
}

/// The names of all judges.
enum ProviderName {
    static let onDevice = OnDeviceJudge.name
    static let all = [onDevice] + Service.allCases.map(\.rawValue)

    static func check(_ name: String) throws {
        if all.contains(name) { return }
        throw ValidationError("There is no provider “\(name)”; the providers are \(all.joined(separator: ", ")).")
    }
}
