import ArgumentParser
import Callbacks
import FrameSampling
import Moderation
import Pipeline

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Moderate live streams.",
        discussion: """
            Judges every picture that is on screen for at least the interval while the stream runs. In a pipe, prints
            a line of JSON for each event (state of a stream, segments opened, updated and closed, a summary); on a
            terminal, a table. Reconnects to lost streams until --give-up-after. Ends with Ctrl-C.
            """)

    @OptionGroup var streams: StreamArguments

    @OptionGroup var judging: JudgeArguments

    @OptionGroup var sandbox: SandboxArguments

    @Option(help: "What to look for, separated by commas: tasks of PicPurify or Sightengine, or categories.")
    var task: String?

    @Option(help: "A YAML file that defines what is harmful, the thresholds, and how samples decide.")
    var policy: String?

    @Option(help: "Pictures of one stream judged at once.")
    var concurrency: Int?

    @Flag(help: "Print an event for every position.")
    var allFrames = false

    @OptionGroup var known: KnownArguments

    @OptionGroup var evidence: EvidenceArguments

    @OptionGroup var confirming: ConfirmArguments

    @OptionGroup var callbacks: CallbackArguments

    @OptionGroup var actions: ActionArguments

    @Flag(help: "Exit with code 1 if the decision on a stream is KO.")
    var failOnKo = false

    @Flag(help: "Show no table.")
    var quiet = false

    func validate() throws {
        try checkNumber(concurrency, within: 1...64, "--concurrency")
        if judging.mode == .native {
            try known.refuseNative()
            guard judging.provider == "sightengine" else {
                throw ValidationError("--mode native needs --provider sightengine.")
            }
            if evidence.evidencePlace != nil { throw ValidationError("--evidence needs --mode frames.") }
        }
    }

    func run() async throws {
        try sandbox.apply(isExposed: true)
        try end(with: try await watchAll())
    }

    private func watchAll() async throws -> [WatchOutcome] {
        let policy = try PolicyFile.read(policy)
        let stop = StopSignal.whenInterrupted()
        let printer = EventPrinter(showsTable: !quiet)
        let desk = ActionDesk()
        let courier = try callbacks.courier(try actions.local(), report: desk.tell)
        let delivery = Task { try await courier?.run() }
        defer { delivery.cancel() }
        let place = try evidence.place()
        let runs = judging.mode == .native ? try await nativeRuns(policy) : try await runs(policy, place)
        let outcomes = try await withThrowingTaskGroup(of: WatchOutcome.self) { group in
            for (name, request, run) in runs {
                let news = ActionNews()
                let listener = try self.listener(name, request, courier) { desk.expect($0, $1, for: news) }
                    .before(printer.listener)
                group.addTask { await run(stop, listener, news) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        await printer.finish()
        let patience = stop.isStopped ? Duration.milliseconds(800) : .seconds(10)
        async let lost = place?.finish(within: patience)
        if let left = await courier?.drain(within: patience), left > 0 {
            printError(
                "framesift: \(left) callbacks or actions are undelivered; the next watch with them, or serve, delivers them"
            )
        }
        if let lost = await lost, lost > 0 {
            printError("framesift: \(lost) pictures and clips of hits were not kept")
        }
        return outcomes
    }

    private typealias Run = @Sendable (StopSignal, WatchListener, ActionNews) async -> WatchOutcome

    /// Stores the callbacks and actions about a stream.
    private func listener(
        _ name: String, _ request: ModerationRequest, _ courier: CallbackCourier?,
        stored: @escaping @Sendable (String, ActionTrigger) -> Void
    ) throws -> WatchListener {
        guard let courier else { return WatchListener { _ in } }
        let callbacks =
            callbacks.callbackUrl.isEmpty
            ? nil : try StreamCallbacks(name, callbacks, request, courier, tellsDecision: policy != nil)
        let actions = StreamActions(
            name, looksAgain: request.policy.confirm != nil, courier, media: "med_" + StreamCallbacks.makeID(),
            stored: stored)
        return WatchListener(
            event: { event in
                await callbacks?.hear(event)
                await actions.hear(event)
            }, sample: { await callbacks?.hear($0) })
    }

    /// The watches of streams that are read here.
    private func runs(
        _ policy: Policy, _ place: (any EvidencePlace)?
    ) async throws -> [(name: String, request: ModerationRequest, run: Run)] {
        let (judge, tasks) = try await judging.make(
            task: task, concurrency: concurrency, known: known, policy: policy)
        var policy = policy
        try confirming.apply(to: &policy, judge: judge, frameInterval: streams.frameInterval)
        let request = ModerationRequest(tasks, policy: policy, interval: .seconds(streams.frameInterval))
        return streams.named.map { input, name in
            var watch = Watch(input: input, judge: judge, request: request, sampling: streams.options)
            watch.name = name
            watch.supervision = streams.supervision
            watch.duration = streams.duration.map { .seconds($0) }
            watch.tellsFrames = allFrames
            watch.evidence = place
            watch.sampling.keptBytes = evidence.clips ? 16 << 20 : 0
            watch.concurrency = concurrency ?? (judging.judgesHere ? 2 : judge.concurrency)
            let one = watch
            return (
                name, request,
                { stop, listener, news in
                    var one = one
                    one.actionNews = news
                    return await one.run(stop: stop, listener: listener)
                }
            )
        }
    }

    /// The watches of streams that the service reads.
    private func nativeRuns(_ policy: Policy) async throws -> [(name: String, request: ModerationRequest, run: Run)] {
        let (judge, tasks) = try await judging.makeNative(task: task) { _, _ in }
        var policy = policy
        try confirming.applyToNative(&policy)
        let request = ModerationRequest(tasks, policy: policy, interval: .seconds(streams.frameInterval))
        return try streams.named.map { input, name in
            guard case .address(let address) = input else {
                throw ValidationError("\(name): a service reads addresses only.")
            }
            var watch = NativeWatch(address: address, judge: judge, request: request)
            watch.name = name
            watch.duration = streams.duration.map { .seconds($0) }
            watch.tellsFrames = allFrames
            let one = watch
            return (name, request, { stop, listener, _ in await one.run(stop: stop, listener: listener) })
        }
    }

    private func end(with outcomes: [WatchOutcome]) throws {
        if let stop = outcomes.lazy.compactMap(\.stop).first(where: { $0.kind != .budget }) { throw stop.exitCode }
        if outcomes.contains(where: \.wasStopped) { throw ExitCode.interrupted }
        let decisions = outcomes.map(\.summary.decision)
        if failOnKo, decisions.contains(.ko) { throw ExitCode.rejected }
        if let failed = outcomes.first(where: { $0.summary.state == .failed }) {
            throw failed.failure?.meansUnreachable == false ? ExitCode.badInput : ExitCode.judgeUnavailable
        }
        if decisions.contains(.undetermined) { throw ExitCode.undetermined }
    }
}

extension WatchListener {
    /// A listener that hears of everything before another one does: what is to be delivered is stored before an event is
    /// printed.
    fileprivate func before(_ other: WatchListener) -> WatchListener {
        WatchListener(
            event: { event in
                await self.event(event)
                await other.event(event)
            },
            sample: { sample in
                await self.sample(sample)
                await other.sample(sample)
            }, status: other.status)
    }
}
