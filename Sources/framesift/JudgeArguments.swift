import ArgumentParser
import Endpoints
import Foundation
import Moderation
import OnDevice
import Pipeline
import Store
import Wire

/// Who judges, and what that may cost.
struct JudgeArguments: ParsableArguments {
    @Option(
        help: "Who judges: \(ProviderName.all.joined(separator: ", ")). Two, separated by a comma, with --escalate.")
    var provider = ProviderName.onDevice

    @Option(help: "frames: sampled here, and judged picture by picture. native: the service judges the video itself.")
    var mode = Mode.frames

    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case frames, native
    }

    @Option(
        name: [.long, .customLong("callback-listen")],
        help: "Listens here for services that fetch pictures or post callbacks; on any free port unless given.")
    var frameHost = "127.0.0.1:0"

    @Option(help: "The address under which such a service reaches it.")
    var publicUrl: String?

    @Option(help: "Pictures the first of two judges scores from LOW to HIGH (0…1) go to the second, such as 0.2..0.8.")
    var escalate: String?

    @Option(help: "Stop before a service bills more operations than this.")
    var maxCost: Int?

    @Flag(help: "Let the judge on this machine also judge what it is not good at; the result says how good it is.")
    var experimental = false

    @Flag(help: "Forget what the service has judged before.")
    var fresh = false

    @Option(help: "Longest side of the pictures sent, pixels; as the service advises unless given.")
    var maxSide: Int?

    @Option(help: "Requests a second; the service's documented rate unless given.")
    var rate: Double?

    func validate() throws {
        let names = providers
        for name in names where !ProviderName.all.contains(name) {
            throw ValidationError(
                "There is no provider “\(name)”; there are \(ProviderName.all.joined(separator: ", ")).")
        }
        if names.isEmpty || names.count > 2 { throw ValidationError("--provider names one judge, or two.") }
        if (names.count == 2) != (escalate != nil) {
            throw ValidationError("Two judges and --escalate go together.")
        }
        if escalate != nil, band == nil {
            throw ValidationError("--escalate is two probabilities, such as 0.2..0.8.")
        }
        if mode == .native, !NativeVideoJudge.services.map(\.rawValue).contains(provider) {
            let names = NativeVideoJudge.services.map(\.rawValue).joined(separator: " or ")
            throw ValidationError("--mode native is for --provider \(names).")
        }
        if let maxCost, maxCost < 0 { throw ValidationError("--max-cost is a whole number from 0 on.") }
        if let maxSide, !(50...8192).contains(maxSide) {
            throw ValidationError("--max-side is a whole number from 50 to 8192.")
        }
        if let rate, !(rate > 0) { throw ValidationError("--rate is a number above 0.") }
    }

    var providers: [String] { provider.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }

    /// Nothing leaves this machine.
    var judgesHere: Bool { provider == ProviderName.onDevice }

    private var band: ClosedRange<Double>? {
        let ends = (escalate ?? "").components(separatedBy: "..").compactMap { Double($0) }
        guard ends.count == 2, 0 <= ends[0], ends[0] <= ends[1], ends[1] <= 1 else { return nil }
        return ends[0]...ends[1]
    }

    /// The judge, and what it is asked for. Throws `TaskError`, `JudgeStop`, `OnDeviceError` or `StoreError`.
    /// - Parameters:
    ///   - task: Names as typed; `nil`: what is harmful by default.
    ///   - policy: Says, as `--experimental` does, whether experiments are allowed.
    func make(
        task: String?, concurrency: Int?, policy: Policy
    ) async throws -> (judge: any ImageJudge, tasks: [ModerationTask]) {
        let experimental = experimental || policy.allowsExperiments
        let first = try await judge(providers[0], task: task, concurrency: concurrency, experimental)
        guard providers.count == 2, let band else { return first }
        let second = try await judge(
            providers[1], task: task, concurrency: concurrency, experimental,
            second: first.tasks.categories)
        return (SecondOpinion(first.judge, second.judge, band: band), first.tasks)
    }

    /// Runs until the program ends.
    private func startHost(for account: Account) async throws -> FrameHost {
        let isNear = ["127.0.0.1", "localhost", "[::1]"].contains { account.address.contains("//" + $0) }
        guard publicUrl != nil || isNear else {
            throw JudgeStop(
                .unavailable,
                "\(account.service.rawValue) fetches pictures from here: give --frame-host, and --public-url as it is seen from outside."
            )
        }
        guard let colon = frameHost.lastIndex(of: ":"), let port = Int(frameHost[frameHost.index(after: colon)...])
        else {
            throw ValidationError("--frame-host is an address and a port, such as 0.0.0.0:9000.")
        }
        let host = FrameHost()
        _ = try await host.start(host: String(frameHost[..<colon]), port: port, publicURL: publicUrl)
        return host
    }

    /// A judge of whole videos, and what it is asked for. Throws `TaskError` or `JudgeStop`.
    func makeNative(
        task: String?, progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> (judge: NativeVideoJudge, tasks: [ModerationTask]) {
        guard let service = Service(rawValue: provider) else { throw ExitCode.usage }
        let account = try Account(service, environment: ProcessInfo.processInfo.environment)
        // Without an address that the service can reach, it is asked how far it is.
        let callbacks = service == .sightengine && publicUrl != nil ? try await startHost(for: account) : nil
        let store = try Store(
            folder: Store.standardFolder(environment: ProcessInfo.processInfo.environment))
        let judge = try NativeVideoJudge(
            account, userAgent: Framesift.userAgent, ledger: store, callbacks: callbacks,
            progress: progress)
        if fresh { try await store.forget(judge: judge.keptAs) }
        return (judge, try TaskVocabulary.ofServices.tasks(task, judge: provider, available: judge.categories))
    }

    /// - Parameter second: Of a second judge, what the first is asked for; it may serve less.
    private func judge(
        _ name: String, task: String?, concurrency: Int?, _ experimental: Bool,
        second: Set<Moderation.Category>? = nil
    ) async throws -> (judge: any ImageJudge, tasks: [ModerationTask]) {
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
        let environment = ProcessInfo.processInfo.environment
        let account = try Account(service, environment: environment)
        let store = try Store(folder: Store.standardFolder(environment: environment))
        var rules = ServiceJudge.standardRules(service)
        if let concurrency { rules.concurrency = concurrency }
        if let rate { rules.rate = rate }
        let host = service.takesAddressesOnly ? try await startHost(for: account) : nil
        let judge = try ServiceJudge(
            account, userAgent: Framesift.userAgent, ledger: store, maxOperations: maxCost,
            maxSide: maxSide, host: host, rules: rules)
        if fresh { try await store.forget(judge: judge.keptAs) }
        return judge
    }
}

/// The judges that can be named.
enum ProviderName {
    static let onDevice = OnDeviceJudge.name
    static let all = [onDevice] + Service.allCases.map(\.rawValue)
}
