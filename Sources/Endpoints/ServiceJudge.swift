import Base
import Digests
import HTTPTransport
import Moderation
import Runtime
import Synchronization

/// Judges stills with a service. Scales them down to its limits, pays for each picture once, and stores each judgement
/// before returning it.
public final class ServiceJudge: ImageJudge {
    /// The service and its address.
    public let identity: JudgeIdentity
    /// All categories that the service judges.
    public let categories: Set<ContentCategory>
    /// Stills to hand over at once: those being asked about, and those that the ledger needs in hand.
    public let concurrency: Int
    private let endpoint: any ImageEndpoint
    private let profile: ServiceProfile
    private let caller: Caller
    private let answers: PaidAnswers
    private let budget: Budget
    private let limits: JPEGLimits
    private let encoders: BlockingThreads
    private let asking = Mutex<[LedgerQuestion: Task<Judgement, any Error>]>([:])

    /// - Parameters:
    ///   - account: The service to ask.
    ///   - userAgent: The `User-Agent` header.
    ///   - ledger: Stores judgements; `nil` to store nothing.
    ///   - maxOperations: The most operations to be billed, in the service's own units. Default no limit.
    ///   - maxSide: The longest side to send, in pixels. Default: what the service recommends.
    ///   - host: Offers pictures to services that only take addresses.
    ///   - rules: How to call the service. Default: the service's profile.
    ///   - clock: The time source. Default: the system's.
    /// - Throws: `HTTPClient.OutOfResources`.
    public init(
        _ account: Account, userAgent: String, ledger: (any Ledger)?, maxOperations: Int? = nil, maxSide: Int? = nil,
        host: (any PictureHost)? = nil, rules: CallingRules? = nil, clock: TimeSource = .system
    ) throws {
        endpoint = account.service.endpoint(account, host: host)
        profile = account.service.profile
        let rules = rules ?? profile.rules
        caller = Caller(
            account.service.rawValue, client: try HTTPClient(connections: rules.concurrency, userAgent: userAgent),
            rules: rules, clock: clock)
        identity = JudgeIdentity(name: account.service.rawValue, version: account.address)
        categories = profile.categories
        concurrency = rules.inWork + (ledger?.lookAhead ?? 0)
        encoders = BlockingThreads(count: min(rules.inWork, Self.maxEncoders), name: "framesift encode")
        answers = PaidAnswers(ledger, clock: clock, isFinal: rules.isFinal)
        budget = Budget(limit: maxOperations, service: account.service.rawValue)
        var limits = profile.limits
        if let maxSide { limits.longestSide = maxSide }
        self.limits = limits
    }

    deinit { encoders.close() }

    /// Encoding needs a processor, unlike waiting for an answer.
    private static let maxEncoders = 4

    /// Connections opened so far.
    public var connectionsOpened: Int { caller.connectionsOpened }

    /// Requests, bytes and operations so far, and pictures that were answered from the ledger.
    public var spending: Spending? { caller.spending }

    /// Estimates the cost of judging a still. Sends nothing.
    /// - Returns: The size of the JPEG in bytes, the operations as documented, and whether the judgement is stored
    ///   already.
    /// - Throws: The still's error if it cannot be encoded, or the ledger's.
    public func estimate(
        _ still: any Picture, for categories: Set<ContentCategory>
    ) async throws -> (bytes: Int, operations: Int, isKnown: Bool) {
        let asked = categories.intersection(self.categories)
        let jpeg = try await fitting(still)
        let isKnown = try await answers.ledger?.judgement(question(jpeg, asked)) != nil
        return (jpeg.count, isKnown ? 0 : profile.cost(asked), isKnown)
    }

    /// Encodes a still within the service's limits, at half the size each time until it fits.
    private func fitting(_ still: any Picture) async throws -> [UInt8] {
        try await encoders.run { [profile, limits] in
            var limits = limits
            while true {
                let jpeg = try still.jpeg(within: limits)
                let side = min(limits.longestSide ?? .max, max(still.width, still.height))
                if jpeg.count <= profile.maxBytes || side <= 64 { return jpeg }
                limits.longestSide = side / 2
            }
        }
    }

    private func question(_ jpeg: [UInt8], _ asked: Set<ContentCategory>) -> LedgerQuestion {
        let digest = Digest(.sha256, of: jpeg).hexadecimal
        return LedgerQuestion(digest: digest, judge: keptAs, categories: asked)
    }

    /// The longest side to send, in pixels.
    public var longestSide: Int? { limits.longestSide }

    /// Judges a still, or returns the stored judgement.
    /// - Throws: `CallProblem`, `JudgeStop`, `CancellationError`, or the still's error if it cannot be encoded.
    public func judge(_ still: any Picture, for categories: Set<ContentCategory>) async throws -> Judgement {
        let asked = categories.intersection(self.categories)
        let jpeg = try await fitting(still)
        let question = question(jpeg, asked)
        // If another task is already asking the same question, wait for its answer.
        let (task, isNew) = asking.withLock { asking in
            if let running = asking[question] { return (running, false) }
            let scale = min(1, Double(limits.longestSide ?? .max) / Double(max(still.width, still.height)))
            let image = ImageRequest(
                jpeg: jpeg, width: Int(Double(still.width) * scale), height: Int(Double(still.height) * scale),
                categories: asked)
            let task = Task { try await answer(question) { try await ask(image) } }
            asking[question] = task
            return (task, true)
        }
        defer { if isNew { asking.withLock { $0[question] = nil } } }
        if !isNew { caller.spare(1) }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                if isNew { task.cancel() }
            }
        } catch is CancellationError where !isNew && !Task.isCancelled {
            // The other task was cancelled, so ask again.
            caller.spare(-1)
            return try await self.judge(still, for: categories)
        }
    }

    private func answer(
        _ question: LedgerQuestion, asking ask: () async throws -> PaidAnswers.Paid<Judgement>
    ) async throws -> Judgement {
        let (judgement, isKnown) = try await answers.answer(
            question, claim: { try await $0.claimPicture(question) },
            keep: { try await $0.keep($1.answer, operations: $1.operations, for: question) }, ask: ask)
        if isKnown { caller.spare(1) }
        return judgement
    }

    private func ask(_ image: ImageRequest) async throws -> PaidAnswers.Paid<Judgement> {
        let price = profile.cost(image.categories)
        try budget.take(price)
        let billed: Billed
        do {
            billed = try await endpoint.judge(image, through: caller)
        } catch {
            budget.correct(price, to: 0)
            throw error
        }
        budget.correct(price, to: billed.operations)
        caller.bill(billed.operations)
        let judgement = Judgement(
            probabilities: billed.judgement.probabilities.filter { image.categories.contains($0.key) },
            findings: billed.judgement.findings)
        return (judgement, billed.operations)
    }

    /// The judge's name in the ledger.
    public var keptAs: String { "\(identity.name) \(identity.version)" }
}

/// Limits the operations that are billed.
final class Budget: Sendable {
    private let limit: Int?
    private let service: String
    private let used = Mutex(0)

    init(limit: Int?, service: String) {
        self.limit = limit
        self.service = service
    }

    /// - Throws: `JudgeStop` if fewer are left.
    func take(_ operations: Int) throws {
        guard let limit else { return }
        let fits = used.withLock { used in
            guard used + operations <= limit else { return false }
            used += operations
            return true
        }
        if !fits {
            throw JudgeStop(.budget, "\(service): the next picture would exceed the limit of \(limit) operations.")
        }
    }

    /// Corrects for what the service billed instead of the documented cost.
    func correct(_ expected: Int, to billed: Int) { used.withLock { $0 += billed - expected } }
}
