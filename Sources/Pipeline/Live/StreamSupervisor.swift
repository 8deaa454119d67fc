import Base
import Moderation

/// When a stream counts as stalled, when to reconnect, and when to give up.
public struct SupervisionRules: Hashable, Sendable {
    /// The stream is stalled if nothing is received for this long. Default 5 s.
    public var stalledAfter: Duration = .seconds(5)
    /// The stream is stalled if the picture stays the same for this long. Default 60 s.
    public var frozenAfter: Duration = .seconds(60)
    /// The stream is given up if it was not live for this long. `nil`, the default, for never.
    public var giveUpAfter: Duration?
    /// The waits between attempts. Default: 1 s, doubled up to 30 s, times a random factor from one half to one.
    public var backoff: Backoff = {
        var backoff = Backoff()
        backoff.base = .seconds(1)
        return backoff
    }()

    /// The defaults.
    public init() {}
}

/// Why a connection has ended.
public enum ConnectionLoss: Hashable, Sendable {
    /// The stream ended by itself. Only some kinds of streams can.
    case finished
    /// The input continues with another stream.
    case moved
    /// Another attempt would fail as well.
    case refused(String)
    /// Another attempt may succeed.
    case lost(String)
    /// It ended the process that decoded it. Another attempt may succeed, but not many are made.
    case crashed(String)
}

/// Tracks the state of one stream. Pure: it has no clock or network. Each call reports an event and returns what to do.
///
/// `now` is the time on any monotonic clock, from a fixed origin.
///
///     connecting ──▶ live ⇄ stalled
///          │           │ lost
///          ▼           ▼
///       failed ◀── reconnecting ──▶ live …          ended: finished, or not back within `giveUpAfter`
public struct StreamSupervisor: Sendable {
    /// What to do.
    public enum Action: Hashable, Sendable {
        case connect
        case disconnect
        /// Emit an event.
        case tell(StreamChange)
    }

    /// The current state.
    public private(set) var state: StreamState = .connecting
    private let rules: SupervisionRules
    /// When the stream was last live; before that, when it was started.
    private var lastLive: Duration = .zero
    private var wasLive = false
    private var attempt = 0
    private var retryAt: Duration?
    private var lastReason = ""
    private var frozenSince: Duration?
    private var isSilent = false
    private var crashes = 0
    private var lastCrash = Duration.zero
    /// A stream is given up when so many connections in a row ended the process that decoded them …
    private static let maxCrashes = 3
    /// … each within this time after the one before.
    private static let crashMemory = Duration.seconds(3600)

    /// - Parameter rules: When to reconnect and to give up.
    public init(rules: SupervisionRules) { self.rules = rules }

    /// Starts the stream.
    public mutating func start(now: Duration) -> [Action] {
        lastLive = now
        return [.tell(StreamChange(.connecting)), .connect]
    }

    /// A picture was received.
    /// - Parameter gap: What was missed before the first picture of a connection, in ms.
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

    /// Timestamps restarted within a connection.
    /// - Parameter gap: What was missed before, in ms.
    public mutating func restarted(gap: Range<Int>?, now: Duration) -> [Action] {
        guard !state.isFinal else { return [] }
        _ = received(gap: gap, now: now)
        state = .live
        return [.tell(StreamChange(.live, reason: "timestamps start anew", gap: gap))]
    }

    /// Nothing was received for some time on a connection that was live.
    public mutating func silent(for silence: Duration, now: Duration) -> [Action] {
        guard state == .live || state == .stalled, !isSilent, silence >= rules.stalledAfter else { return [] }
        isSilent = true
        return change(to: .stalled, "nothing received for \(rules.stalledAfter.wholeSeconds) s")
    }

    /// The connection was lost, or could not be opened.
    /// - Parameter random: 0…1, for the delay of the next attempt.
    public mutating func lost(_ loss: ConnectionLoss, random: Double, now: Duration) -> [Action] {
        guard !state.isFinal else { return [] }
        frozenSince = nil
        isSilent = false
        if case .crashed = loss {
            crashes = now - lastCrash > Self.crashMemory ? 1 : crashes + 1
            lastCrash = now
        } else {
            crashes = 0
        }
        switch loss {
        case .crashed(let reason) where crashes >= Self.maxCrashes:
            return change(to: .failed, "\(crashes) times in a row: \(reason)")
        case .finished:
            return change(to: .ended, nil)
        case .moved:
            state = .reconnecting
            return [.tell(StreamChange(.reconnecting, reason: "the stream changes")), .connect]
        case .refused(let reason):
            return change(to: .failed, reason)
        case .lost(let reason), .crashed(let reason):
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

    /// Time has passed.
    public mutating func tick(now: Duration) -> [Action] {
        guard !state.isFinal else { return [] }
        if state == .connecting || state == .reconnecting, let final = giveUp(now: now) { return [.disconnect] + final }
        guard let retryAt, now >= retryAt else { return [] }
        self.retryAt = nil
        return [.connect]
    }

    /// The user or the judge ends the watch.
    /// - Parameter state: `ended` or `failed`.
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
