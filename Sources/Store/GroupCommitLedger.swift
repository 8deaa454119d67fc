import Moderation
import Runtime

/// A store's ledger that writes about several pictures in one transaction. For databases that many share, where each
/// transaction costs.
///
/// It promises what a ledger promises: a claim is on disk before it is granted, and an answer before `keep` returns. So
/// claims wait while there are enough granted ones to keep all calls busy, and answers wait for others to be written with.
/// Who is killed loses the answers that wait, besides those that are on their way.
public actor GroupCommitLedger: Ledger {
    /// A claim that somebody waits for.
    private struct Claim {
        let number: Int
        let question: LedgerQuestion
        let waiting: CheckedContinuation<LedgerClaim<Judgement>, any Error>
    }
    /// The end of one that somebody waits for.
    private struct Ending {
        let end: LedgerEnd
        let waiting: CheckedContinuation<Void, any Error>
    }

    private let store: Store
    private let calls: Int
    private let patience: Duration
    private let clock: TimeSource
    private var claims: [Claim] = []
    private var endings: [Ending] = []
    /// Counts the claims so far, to tell them apart.
    private var last = 0
    /// Claims that were granted and have no answer yet.
    private var granted: Set<LedgerQuestion> = []
    private var isWriting = false
    /// Whether an answer has waited long enough.
    private var isLate = false
    private var timer: Task<Void, Never>?

    /// How many answers wait at most, unless the database is slower than they come.
    private static let size = 16
    /// The most claims, and the most ends, in one transaction, since each is part of its statements.
    private static let most = 64

    /// - Parameters:
    ///   - store: Keeps the answers.
    ///   - calls: How many granted claims keep all calls to the service busy.
    ///   - patience: How long an answer waits for others.
    ///   - clock: The time source. Default: the system's.
    public init(_ store: Store, calls: Int, patience: Duration, clock: TimeSource = .system) {
        (self.store, self.calls, self.patience, self.clock) = (store, calls, patience, clock)
    }

    /// Enough that the calls go on while a group of answers waits.
    public nonisolated var lookAhead: Int { Self.size }

    /// The stored answer, unless it is older than 30 days.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func judgement(_ question: LedgerQuestion) async throws -> Judgement? {
        try await store.judgement(question)
    }

    /// Claims a picture once there is a call for it, or returns the stored answer.
    /// - Throws: `StoreProblem`; `CancellationError` if the task is canceled before.
    public func claimPicture(_ question: LedgerQuestion) async throws -> LedgerClaim<Judgement> {
        try Task.checkCancellation()
        last += 1
        let number = last
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiting in
                claims.append(Claim(number: number, question: question, waiting: waiting))
                writeIfDue()
            }
        } onCancel: {
            Task { await self.cancel(number) }
        }
    }

    /// Claims a whole video, or returns the stored answer.
    /// - Throws: `StoreProblem`.
    public func claimVideo(_ question: LedgerQuestion) async throws -> LedgerClaim<[NativeFrame]> {
        try await store.claimVideo(question)
    }

    /// Stores the answer for a picture and ends the claim.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func keep(_ judgement: Judgement, operations: Int, for question: LedgerQuestion) async throws {
        try await end(LedgerEnd(question, judgement, operations: operations))
    }

    /// Stores the answer for a video and ends the claim.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func keep(_ frames: [NativeFrame], operations: Int, for question: LedgerQuestion) async throws {
        try await store.keep(frames, operations: operations, for: question)
    }

    /// Ends a claim without an answer, at once: others may wait for it.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func release(_ question: LedgerQuestion) async throws { try await end(LedgerEnd(question)) }

    /// How many claims and ends wait.
    var waiting: (claims: Int, endings: Int) { (claims.count, endings.count) }

    // MARK: Groups

    private func end(_ end: LedgerEnd) async throws {
        granted.remove(end.question)
        try await withCheckedThrowingContinuation { waiting in
            endings.append(Ending(end: end, waiting: waiting))
            startTimer()
            writeIfDue()
        }
    }

    private func cancel(_ number: Int) {
        guard let index = claims.firstIndex(where: { $0.number == number }) else { return }
        claims.remove(at: index).waiting.resume(throwing: CancellationError())
    }

    private func startTimer() {
        guard timer == nil else { return }
        timer = Task { [clock, patience] in
            do { try await clock.sleep(patience) } catch { return }
            beLate()
        }
    }

    private func beLate() {
        isLate = true
        writeIfDue()
    }

    private var isDue: Bool {
        if !claims.isEmpty, granted.count < calls { return true }
        guard !endings.isEmpty else { return false }
        // If nothing is on its way, there is nothing to wait for.
        return endings.count >= Self.size || isLate || granted.isEmpty || endings.contains { $0.end.answer == nil }
    }

    private func writeIfDue() {
        guard !isWriting, isDue else { return }
        isWriting = true
        let (claims, endings) = (Array(claims.prefix(Self.most)), Array(endings.prefix(Self.most)))
        self.claims.removeFirst(claims.count)
        self.endings.removeFirst(endings.count)
        timer?.cancel()
        (timer, isLate) = (nil, false)
        if !self.endings.isEmpty { startTimer() }
        Task { await write(claims, endings) }
    }

    private func write(_ claims: [Claim], _ endings: [Ending]) async {
        do {
            let outcomes = try await store.settle(
                endings.map(\.end), claiming: claims.map(\.question), decode: KeptJudgement.decode)
            for ending in endings { ending.waiting.resume() }
            for (claim, outcome) in zip(claims, outcomes) {
                if case .granted = outcome { granted.insert(claim.question) }
                claim.waiting.resume(returning: outcome)
            }
        } catch {
            for ending in endings { ending.waiting.resume(throwing: error) }
            // Known answers are returned even if the database cannot be written.
            let known = claims.isEmpty ? [:] : (try? await store.judgements(claims.map(\.question))) ?? [:]
            for claim in claims {
                if let judgement = known[claim.question] {
                    claim.waiting.resume(returning: .known(judgement))
                } else {
                    claim.waiting.resume(throwing: error)
                }
            }
        }
        isWriting = false
        writeIfDue()
    }
}
