import Base
import Foundation
import HTTPCalling
import Moderation
import Runtime
import Store

/// When callbacks are tried.
public struct CallbackRules: Hashable, Sendable {
    /// For one try. Default 10 s.
    public var deadline: Duration = .seconds(10)
    /// Waits after each failed try; then it is given up. Default: 5 s, 30 s, 2 min, 10 min, 1 h.
    public var retries: [Duration] = [.seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(3600)]
    /// At once, to all receivers. Default 16.
    public var concurrency = 16

    public init() {}
}

/// What became of a try.
public enum CallbackOutcome: Hashable, Sendable {
    case delivered
    /// It is tried again at this time, Unix seconds.
    case failed(String, next: Double)
    case givenUp(String)
}

/// Delivers callbacks: each is stored before it is tried, so that none is lost when this process is; each at least once,
/// those about one medium in the order they came about. Only a 2xx is an acknowledgement; redirects are not followed.
public actor CallbackCourier {
    private let store: Store
    private let owner: Ownership
    private let client: HTTPClient
    private let secret: String?
    private let rules: CallbackRules
    private let clock: TimeSource
    private let report: @Sendable (OwedCallback, CallbackOutcome) -> Void
    private let pulses: AsyncStream<Void>
    private let pulse: AsyncStream<Void>.Continuation
    private var inWork: Set<Int64> = []
    /// Since the list of what is owed was last asked for.
    private var triedMeanwhile: Set<Int64> = []
    private var plannedPulse: Double?

    /// - Parameters:
    ///   - owner: This process, as long as it delivers.
    ///   - secret: Shared with the receivers; `nil`: callbacks are not signed.
    ///   - report: Hears of each try.
    public init(
        store: Store, owner: Ownership, userAgent: String, secret: String?, rules: CallbackRules = CallbackRules(),
        clock: TimeSource = .system, report: @escaping @Sendable (OwedCallback, CallbackOutcome) -> Void = { _, _ in }
    ) throws {
        self.store = store
        self.owner = owner
        client = try HTTPClient(connections: rules.concurrency, userAgent: userAgent)
        self.secret = secret
        self.rules = rules
        self.clock = clock
        self.report = report
        (pulses, pulse) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Notes a callback, which is tried at once if `run` runs and no older one to the same address is in its way.
    /// - Parameters:
    ///   - media: Callbacks about the same medium keep their order.
    ///   - isGuarded: A stranger named the address.
    /// - Returns: False when too many wait for this receiver, and it was not noted.
    @discardableResult
    public func owe(_ body: Data, media: String, to url: String, isGuarded: Bool) async throws -> Bool {
        let id = "evt_" + UUID().uuidString.lowercased().filter { $0 != "-" }
        let isNoted = try await store.owe(
            id: id, media: media, url: url, body: body, isGuarded: isGuarded, owner: owner, now: clock.wall())
        pulse.yield()
        return isNoted
    }

    /// Something was stored with what it is about: looks for it now.
    public func hurry() { pulse.yield() }

    /// Delivers until the task is cancelled. Takes over first what processes that are gone have left.
    public func run() async throws {
        try await store.adoptCallbacks(for: owner)
        pulse.yield()
        await withDiscardingTaskGroup { group in
            for await _ in pulses {
                triedMeanwhile = []
                guard let owed = try? await store.firstOwed(owner: owner) else { continue }
                let now = clock.wall()
                // What was tried while the list was read may not be owed any more.
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

    /// Callbacks that are not delivered yet.
    public var owed: Int {
        get async { (try? await store.countOwed(owner: owner)) ?? 0 }
    }

    /// Waits until nothing is owed, or for so long.
    public func drain(within limit: Duration) async -> Int {
        let slice = Duration.milliseconds(50)
        var waited = Duration.zero
        while waited < limit, let left = try? await store.countOwed(owner: owner), left > 0 {
            do { try await clock.sleep(slice) } catch { break }
            waited += slice
        }
        return (try? await store.countOwed(owner: owner)) ?? 0
    }

    /// Owed callbacks come by their next try: when the first is not due, none is until then.
    private func pulse(at time: Double) async {
        guard time != plannedPulse else { return }
        plannedPulse = time
        try? await clock.sleep(.seconds(max(0, time - clock.wall())))
        if plannedPulse == time { plannedPulse = nil }
        pulse.yield()
    }

    private func work(on callback: OwedCallback) async {
        let problem = await send(callback)
        guard !Task.isCancelled else { return }
        do {
            try await note(callback, problem)
        } catch {
            // The state cannot be written just now; it stays owed, and is tried again.
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

    /// Why it was not taken; `nil` when it was.
    private func send(_ callback: OwedCallback) async -> String? {
        var call = HTTPCall(url: callback.url)
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
        } catch let failure as HTTPFailure {
            // It was taken; what it says does not matter, and may be too long.
            return "\(failure)"
        } catch {
            return "\(error)"
        }
    }
}
