import Base
import FrameSampling
import Moderation

/// When a stream counts as stalled, when it is tried again, and when it is given up.
public struct SupervisionRules: Hashable, Sendable {
    /// Nothing received for this long: stalled. Default 5 s.
    public var stalledAfter: Duration = .seconds(5)
    /// The same picture for this long: stalled. Default 60 s.
    public var frozenAfter: Duration = .seconds(60)
    /// Not live for this long: given up. `nil`, the default: never.
    public var giveUpAfter: Duration?
    /// Between tries. Default: 1 s, doubled up to 30 s, times a random share of one half to one.
    public var backoff: Backoff = {
        var backoff = Backoff()
        backoff.base = .seconds(1)
        return backoff
    }()

    public init() {}
}

/// Why a connection is no more.
public enum ConnectionLoss: Hashable, Sendable {
    /// The stream's own end, for kinds of streams that have one.
    case finished
    /// It goes on elsewhere in the same input.
    case moved
    /// Trying again will not help.
    case refused(String)
    case lost(String)
}

/// What one stream goes through: pure, without clock or network. Each call tells it something and returns what to do.
///
/// `now` is any clock that only goes forward, from a fixed origin.
///
///     connecting ──▶ live ⇄ stalled
///          │           │ lost
///          ▼           ▼
///       failed ◀── reconnecting ──▶ live …          ended: finished, or gone for `giveUpAfter` after it was live
public struct StreamSupervisor: Sendable {
    public enum Action: Hashable, Sendable {
        case connect
        case disconnect
        case tell(StreamChange)
    }

    public private(set) var state: StreamState = .connecting
    private let rules: SupervisionRules
    /// When it was last live; at first, when it was started.
    private var lastLive: Duration = .zero
    private var wasLive = false
    private var attempt = 0
    private var retryAt: Duration?
    private var lastReason = ""
    private var frozenSince: Duration?
    private var isSilent = false

    public init(rules: SupervisionRules) { self.rules = rules }

    public mutating func start(now: Duration) -> [Action] {
        lastLive = now
        return [.tell(StreamChange(.connecting)), .connect]
    }

    /// A picture came.
    /// - Parameter gap: What was missed before it, for the first of a connection.
    public mutating func received(gap: Range<Int>? = nil, now: Duration) -> [Action] {
        guard !state.isFinal else { return [] }
        lastLive = now
        attempt = 0
        wasLive = true
        let wasSilent = isSilent
        isSilent = false
        let isNews = state == .connecting || state == .reconnecting || wasSilent || gap != nil
        guard isNews else { return [] }
        state = .live
        return [.tell(StreamChange(.live, gap: gap))]
    }

    /// A picture was compared with the one before.
    public mutating func compared(isSame: Bool, now: Duration) -> [Action] {
        guard state == .live || state == .stalled else { return [] }
        guard isSame else {
            frozenSince = nil
            return isSilent ? [] : change(to: .live, nil)
        }
        let since = frozenSince ?? now
        frozenSince = since
        guard now - since >= rules.frozenAfter else { return [] }
        return change(to: .stalled, "the same picture for \(rules.frozenAfter.wholeSeconds) s")
    }

    /// Timestamps started anew within a connection.
    public mutating func restarted(gap: Range<Int>?, now: Duration) -> [Action] {
        guard !state.isFinal else { return [] }
        _ = received(gap: gap, now: now)
        state = .live
        return [.tell(StreamChange(.live, reason: "timestamps start anew", gap: gap))]
    }

    /// How long nothing has come on a connection that was live.
    public mutating func silent(for silence: Duration, now: Duration) -> [Action] {
        guard state == .live || state == .stalled, !isSilent, silence >= rules.stalledAfter else { return [] }
        isSilent = true
        return change(to: .stalled, "nothing received for \(rules.stalledAfter.wholeSeconds) s")
    }

    /// - Parameter random: 0…1, for the time to the next try.
    public mutating func lost(_ loss: ConnectionLoss, random: Double, now: Duration) -> [Action] {
        guard !state.isFinal else { return [] }
        frozenSince = nil
        isSilent = false
        switch loss {
        case .finished:
            return change(to: .ended, nil)
        case .moved:
            state = .reconnecting
            return [.tell(StreamChange(.reconnecting, reason: "the stream changes")), .connect]
        case .refused(let reason):
            return change(to: .failed, reason)
        case .lost(let reason):
            lastReason = reason
            if let final = giveUp(now: now) { return final }
            let delay = rules.backoff.delay(attempt: attempt, random: random, retryAfter: nil) ?? rules.backoff.cap
            attempt += 1
            retryAt = now + delay
            state = wasLive ? .reconnecting : .connecting
            let wait = delay.wholeMilliseconds
            return [.tell(StreamChange(state, reason: reason, attempt: attempt, retryIn: wait))]
        }
    }

    /// Time passes.
    public mutating func tick(now: Duration) -> [Action] {
        guard !state.isFinal else { return [] }
        if state == .connecting || state == .reconnecting, let final = giveUp(now: now) { return [.disconnect] + final }
        guard let retryAt, now >= retryAt else { return [] }
        self.retryAt = nil
        return [.connect]
    }

    /// Somebody, or the judge, ends it.
    public mutating func stop(_ state: StreamState, reason: String?) -> [Action] {
        self.state.isFinal ? [] : [.disconnect] + change(to: state, reason)
    }

    private mutating func giveUp(now: Duration) -> [Action]? {
        guard let limit = rules.giveUpAfter, now - lastLive >= limit else { return nil }
        let words = lastReason.isEmpty ? "" : ": \(lastReason)"
        let seconds = limit.wholeSeconds
        return wasLive
            ? change(to: .ended, "it did not come back within \(seconds) s\(words)")
            : change(to: .failed, "nothing came within \(seconds) s\(words)")
    }

    private mutating func change(to next: StreamState, _ reason: String?) -> [Action] {
        guard state != next else { return [] }
        state = next
        if next.isFinal { retryAt = nil }
        return [.tell(StreamChange(next, reason: reason))]
    }
}
