import ArgumentParser
import Batches
import Endpoints
import Foundation
import FrameSampling
import KnownContent
import Moderation
import Pipeline
import Reports

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Moderate a video, an image or an animated GIF.",
        discussion: """
            Judges every picture that is on screen for at least the interval. Looks for nudity unless --task is given.
            Prints a summary on a terminal and JSON in a pipe, unless --format is given.

            Several inputs, a folder or a list are a batch: each gets a result in the folder -o, with an index. What an
            earlier run finished there is not judged again. The exit code is that of the worst that happened: 130, 77,
            74, 69, 65 (an input failed), 2 (something is undetermined), 1 (KO, with --fail-on-ko), 0.
            """)

    @Argument(help: "Files, http(s) addresses and folders; or - for standard input.")
    var inputs: [String] = []

    @OptionGroup var batch: BatchArguments

    @OptionGroup var sampling: SamplingArguments

    @OptionGroup var judging: JudgeArguments

    @OptionGroup var sandbox: SandboxArguments

    @Flag(help: "Show what would be sent to the service and what it would bill, without sending anything.")
    var dryRun = false

    @Option(help: "What to look for, separated by commas: tasks of PicPurify or Sightengine, or categories.")
    var task: String?

    @Option(help: "A YAML file that defines what is harmful, the thresholds, and how samples decide.")
    var policy: String?

    @OptionGroup var known: KnownArguments

    @OptionGroup var confirming: ConfirmArguments

    @Option(
        help: """
            Which video streams of the input to judge: shown (the one that players show), all, or the number of one. \
            The result lists all streams.
            """)
    var streams = Check.Streams.shown

    @Option(help: "Pictures judged at once, of all inputs together.")
    var concurrency: Int?

    @Option(help: "Your reference for the video. It is repeated in the result.")
    var referenceId: String?

    @Option(help: "Your reference for the video's origin. It is repeated in the result.")
    var originId: String?

    @OptionGroup var report: ReportArguments

    @Flag(help: "Exit with code 1 if the decision is KO.")
    var failOnKo = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        if inputs.isEmpty, batch.inputsFrom == nil {
            throw ValidationError("Name a file, an address or a folder, or a list with --inputs-from.")
        }
        for input in inputs { try VideoInput.validate(input, maySumUp: true) }
        try checkNumber(concurrency, within: 1...64, "--concurrency")
        if judging.mode == .native { try known.refuseNative() }
    }

    func run() async throws {
        if batch.inputsFrom == nil, inputs.count == 1, let input = inputs.first, !BatchInputs.standsForSeveral(input) {
            try await check(.named(input))
        } else {
            try await checkAll()
        }
    }

    private func check(_ input: VideoInput) async throws {
        try sandbox.apply(isExposed: input.isAddress)
        if dryRun { return try await explainCosts(input) }
        let output = try report.open()
        let thumbnails = report.wantsPictures ? ThumbnailKeeper() : nil
        let outcome = try await moderate(input, keeping: thumbnails)
        let chosen = output.singleFormat(terminal: .text, elsewhere: .json)
        try output.write(outcome.result, thumbnails: thumbnails?.pictures ?? [:], as: chosen)
        if let note = outcome.result.note, chosen != .text { printError("framesift: \(note)") }
        try end(with: outcome)
    }

    private func moderate(_ input: VideoInput, keeping thumbnails: ThumbnailKeeper?) async throws -> CheckOutcome {
        if judging.mode == .native {
            var policy = try PolicyFile.read(policy)
            try confirming.applyToNative(&policy)
            return try await moderateNatively(input, policy)
        }
        let prepared = try await prepare()
        let stop = StopSignal.whenInterrupted()
        let bar = ProgressBar(quiet: quiet)
        let outcome = try await prepared.run(
            input, referenceID: referenceId, originID: originId, keeping: thumbnails, stop: stop
        ) { bar.show($0) }
        bar.clear()
        return outcome
    }

    /// Creates the judge.
    func prepare() async throws -> PreparedCheck {
        var policy = try PolicyFile.read(policy)
        let (judge, tasks) = try await judging.make(
            task: task, concurrency: concurrency, known: known, policy: policy)
        try confirming.apply(to: &policy, judge: judge, frameInterval: sampling.frameInterval)
        return PreparedCheck(
            judge: judge, tasks: tasks, policy: policy, sampling: sampling.options, streams: streams,
            // For services, the judge knows best how many pictures keep its calls busy.
            concurrency: judging.judgesHere ? concurrency : nil)
    }

    private func request(_ tasks: [ModerationTask], _ policy: Policy = Policy()) -> ModerationRequest {
        ModerationRequest(
            tasks, policy: policy, interval: .seconds(sampling.frameInterval), referenceID: referenceId,
            originID: originId)
    }

    private func moderateNatively(_ input: VideoInput, _ policy: Policy) async throws -> CheckOutcome {
        let bar = ProgressBar(quiet: quiet)
        defer { bar.clear() }
        let (judge, tasks) = try await judging.makeNative(task: task) { sent, total in
            let text = String(format: "%.1f of %.1f MB sent", Double(sent) / 1e6, Double(total) / 1e6)
            bar.show(sent < total ? text : "sent, waiting for the service")
        }
        var check = NativeCheck(input: input, judge: judge, request: request(tasks, policy))
        check.maxOperations = judging.maxCost
        return try await check.run()
    }

    private func explainNativeCosts(_ input: VideoInput) async throws {
        let (judge, tasks) = try await judging.makeNative(task: task) { _, _ in }
        let estimate = try await NativeCheck(
            input: input, judge: judge, request: request(tasks)
        ).estimate()
        let pictures = estimate.positions.map { "about \($0) pictures, \(estimate.operations ?? 0) operations" }
        print(
            """
            \(judge.identity.name) at \(judge.identity.version) would be asked for: \(tasks.map(\.name).joined(separator: ", "))
              \(String(format: "%.1f", Double(estimate.bytes) / 1e6)) MB of video from here
              \(pictures ?? "cost unknown, because the length is unknown here")
            Nothing was sent.
            """)
    }

    private func explainCosts(_ input: VideoInput) async throws {
        if judging.mode == .native { return try await explainNativeCosts(input) }
        let (judge, tasks) = try await judging.make(
            task: known.others(of: task), concurrency: concurrency, policy: Policy())
        guard let service = judge as? ServiceJudge else {
            throw ValidationError("--dry-run needs a service; the judge on this machine sends nothing.")
        }
        let estimate = CostEstimate(service)
        let outcome = try await Check(
            input: input, judge: estimate, request: request(tasks), sampling: sampling.options
        ).run()
        print(
            estimate.text(positions: outcome.timeline.tally.total, reused: outcome.result.cost.reused, of: tasks))
    }

    private func end(with outcome: CheckOutcome) throws {
        if outcome.wasInterrupted { throw ExitCode.interrupted }
        if let stop = outcome.stop, stop.kind != .budget { throw stop.exitCode }
        switch outcome.timeline.decision {
        case .ok: break
        case .ko: if failOnKo { throw ExitCode.rejected }
        case .undetermined: throw ExitCode.undetermined
        }
    }
}

/// The values of `--streams`.
extension Check.Streams: ExpressibleByArgument {
    public init?(argument: String) {
        switch argument {
        case "shown": self = .shown
        case "all": self = .all
        default:
            guard let number = Int(argument), (0..<100_000).contains(number) else { return nil }
            self = .number(number)
        }
    }
}
