import Base
import Foundation
import HTTPTransport
import Moderation
import Runtime
import Store

/// How callbacks are delivered.
public struct CallbackRules: Hashable, Sendable {
    /// The time limit for one attempt. Default 10 s.
    public var deadline: Duration = .seconds(10)
    /// The waits after failed attempts; after the last one the callback is given up. Default: 5 s, 30 s, 2 min, 10 min,
    /// 1 h.
    public var retries: [Duration] = [.seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(3600)]
    /// Attempts at once, to all receivers together. Default 16.
    public var concurrency = 16

    /// The defaults.
    public init() {}
}

/// The result of an attempt. Failures carry a reason for people.
public enum CallbackOutcome: Hashable, Sendable {
    case delivered
    /// The callback is tried again at `next`, in Unix seconds.
    case failed(String, next: Double)
    case givenUp(String)
}

/// Delivers callbacks and actions at least once each, and those about one medium in order. Each is stored before it is
/// sent, so that none is lost if the process ends. Only a 2xx status, or a program's code 0, counts as delivered;
/// redirects are not followed.
public actor CallbackCourier {
    private let store: Store
    private let client: HTTPClient
    private let secret: String?
    private let rules: CallbackRules
    private let clock: TimeSource
    private let report: @Sendable (OwedCallback, CallbackOutcome) -> Void
    private let actions: Actions
    private let reportAction: @Sendable (OwedCallback, ActionOutcome) -> Void
    private let kinds: Set<DeliveryKind>
    private let pulses: AsyncStream<Void>
    private let pulse: AsyncStream<Void>.Continuation
    private var inWork: Set<Int64> = []
    /// What was tried since the list of owed callbacks was last read.
    private var triedMeanwhile: Set<Int64> = []
    private var plannedPulse: Double?

    /// - Parameters:
    ///   - userAgent: The `User-Agent` header.
    ///   - secret: Shared with the receivers to sign callbacks; `nil` if they are not signed.
    ///   - actions: What is done at verdicts. Default: nothing, and actions are left to others.
    ///   - clock: The time source. Default: the system's.
    ///   - reportAction: Called after each attempt of an action.
    ///   - report: Called after each attempt of a callback.
    /// - Throws: `HTTPClient.OutOfResources`.
    public init(
        store: Store, userAgent: String, secret: String?, rules: CallbackRules = CallbackRules(),
        actions: Actions = Actions(), clock: TimeSource = .system,
        reportAction: @escaping @Sendable (OwedCallback, ActionOutcome) -> Void = { _, _ in },
        report: @escaping @Sendable (OwedCallback, CallbackOutcome) -> Void = { _, _ in }
    ) throws {
        self.store = store
        client = try HTTPClient(connections: rules.concurrency, userAgent: userAgent)
        self.secret = secret
        self.rules = rules
        self.clock = clock
        self.report = report
        (self.actions, self.reportAction) = (actions, reportAction)
        kinds = Set(actions.kinds.map(DeliveryKind.action)).union([.callback])
        (pulses, pulse) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Stores a callback. If `run` is running, it is sent at once unless an older one to the same address has to go
    /// first.
    /// - Parameters:
    ///   - body: The JSON to send.
    ///   - media: The id of the medium. Callbacks about one medium keep their order.
    ///   - url: The receiver's address.
    ///   - isGuarded: Whether an untrusted client named the address. Then only public addresses are connected to.
    /// - Returns: False if too many callbacks already wait for this receiver. Nothing is stored then.
    /// - Throws: `StoreProblem` if the state cannot be written.
    @discardableResult
    public func owe(_ body: Data, media: String, to url: String, isGuarded: Bool) async throws -> Bool {
        let id = "evt_" + UUID().uuidString.lowercased().filter { $0 != "-" }
        return try await owe(NewCallback(id: id, url: url, body: body, isGuarded: isGuarded), media: media)
    }

    /// Stores an action. If `run` is running, it is done at once unless an older one of its kind has to be done first.
    /// - Parameters:
    ///   - trigger: Why it is due. Nothing is stored if nothing is set for it.
    ///   - event: What it is told.
    ///   - media: The id of the medium.
    /// - Returns: False if too many actions already wait. Nothing is stored then.
    /// - Throws: `StoreProblem` if the state cannot be written, `EncodingError`.
    @discardableResult
    public func owe(_ trigger: ActionTrigger, _ event: ActionEvent, media: String) async throws -> Bool {
        guard actions.kinds.contains(trigger.kind) else { return true }
        return try await owe(NewCallback(trigger.kind, id: event.id, event: event.json()), media: media)
    }

    private func owe(_ callback: NewCallback, media: String) async throws -> Bool {
        let isNoted = try await store.owe(callback, media: media, now: clock.wall())
        pulse.yield()
        return isNoted
    }

    /// What there is an action for.
    public nonisolated var actionKinds: Set<ActionTrigger.Kind> { actions.kinds }

    /// Looks for new callbacks now. Call it after storing some by other means than `owe`.
    public func hurry() { pulse.yield() }

    /// Takes over callbacks of processes that no longer run.
    /// - Throws: `StoreProblem` if they cannot be taken over.
    public func adopt() async throws {
        if try await store.adoptCallbacks(kinds) > 0 { pulse.yield() }
    }

    /// Delivers until the task is cancelled. First it takes over callbacks of processes that no longer run.
    /// - Throws: `StoreProblem` if they cannot be taken over.
    public func run() async throws {
        try await store.adoptCallbacks(kinds)
        pulse.yield()
        await withDiscardingTaskGroup { group in
            for await _ in pulses {
                triedMeanwhile = []
                guard let owed = try? await store.firstOwed(kinds) else { continue }
                let now = clock.wall()
                // What was tried while the list was read may no longer be owed.
                let untouched = owed.filter { !inWork.contains($0.number) && !triedMeanwhile.contains($0.number) }
                for callback in untouched where inWork.count < rules.concurrency {
                    guard callback.nextTry <= now else {
                        group.addTask { await self.pulse(at: callback.nextTry) }
                        break
                    }
                    inWork.insert(callback.number)
                    group.addTask { await self.work(on: callback) }
                }
            }
            group.cancelAll()
        }
    }

    /// The number of callbacks still to be delivered.
    public var owed: Int {
        get async { (try? await store.countOwed(kinds)) ?? 0 }
    }

    /// Waits until nothing is owed, but no longer than `limit`.
    /// - Returns: The number of callbacks still owed.
    public func drain(within limit: Duration) async -> Int {
        let slice = Duration.milliseconds(50)
        var waited = Duration.zero
        while waited < limit, await owed > 0 {
            do { try await clock.sleep(slice) } catch { break }
            waited += slice
        }
        return await owed
    }

    /// Owed callbacks are sorted by next attempt, so if the first is not due, none is.
    private func pulse(at time: Double) async {
        guard time != plannedPulse else { return }
        plannedPulse = time
        try? await clock.sleep(.seconds(max(0, time - clock.wall())))
        if plannedPulse == time { plannedPulse = nil }
        pulse.yield()
    }

    private func work(on callback: OwedCallback) async {
        do {
            switch callback.kind {
            case .callback:
                let problem = await send(callback)
                guard !Task.isCancelled else { return }
                try await note(callback, problem)
            case .action(let kind):
                let attempt = await actions.attempt(kind, event: callback.body, id: callback.id, client)
                guard !Task.isCancelled else { return }
                try await note(callback, kind, attempt)
            }
        } catch {
            // The state cannot be written at present. The callback stays owed and is tried again.
            try? await clock.sleep(.seconds(1))
        }
        inWork.remove(callback.number)
        triedMeanwhile.insert(callback.number)
        pulse.yield()
    }

    private func note(_ callback: OwedCallback, _ problem: String?) async throws {
        guard let problem else {
            try await store.settle(callback)
            return report(callback, .delivered)
        }
        guard callback.attempts < rules.retries.count else {
            try await store.settle(callback)
            return report(callback, .givenUp(problem))
        }
        let next = clock.wall() + rules.retries[callback.attempts].inSeconds
        try await store.postpone(callback, until: next)
        report(callback, .failed(problem, next: next))
    }

    private func note(_ action: OwedCallback, _ kind: ActionTrigger.Kind, _ attempt: Actions.Attempt) async throws {
        let now = clock.wall()
        let attempts = action.attempts + 1
        var outcome = ActionOutcome(
            id: action.id, kind: kind, result: .delivered, time: now, attempts: attempts, problem: attempt.problem,
            wasEnded: attempt.wasEnded, output: attempt.output)
        if attempt.problem == nil {
            try await store.settle(action)
        } else if let delay = actions.delay(kind, after: attempts, attempt, random: clock.random()) {
            try await store.postpone(action, until: now + delay.inSeconds)
            (outcome.result, outcome.retryIn) = (.failed, delay.wholeMilliseconds)
        } else {
            try await store.settle(action)
            outcome.result = .givenUp
        }
        reportAction(action, outcome)
    }

    /// - Returns: Why the callback was not accepted; `nil` if it was.
    private func send(_ callback: OwedCallback) async -> String? {
        var call = HTTPClientRequest(url: callback.url)
        call.body = callback.body
        call.headers = [("Content-Type", "application/json"), ("Idempotency-Key", callback.id)]
        if let secret {
            let value = CallbackSignature.value(body: callback.body, secret: secret, time: Int(clock.wall()))
            call.headers.append((CallbackSignature.header, value))
        }
        call.publicAddressesOnly = callback.isGuarded
        (call.connectDeadline, call.answerDeadline, call.wholeDeadline) = (
            rules.deadline, rules.deadline, rules.deadline
        )
        call.maxAnswer = 1 << 20
        do {
            let answer = try await client.send(call)
            return (200...299).contains(answer.status) ? nil : "HTTP \(answer.status)"
        } catch {
            return "\(error)"
        }
    }
}
