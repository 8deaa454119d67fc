import Base
import Foundation
import HTTPCalling
import Moderation
import Runtime
import Synchronization

/// What a service's answer means, where it is no judgement.
public enum CallProblem: Error, Hashable, Sendable {
    /// Too fast; later, it will answer.
    case throttled(String)
    /// A failure of the service's own; later, it may answer.
    case busy(String)
    case credentials(String)
    case quotaSpent(String)
    /// This picture is refused, whatever is tried.
    case refused(String)
    /// Neither an answer nor an error as documented.
    case unreadable
}

/// Manners towards a service.
public struct CallingRules: Hashable, Sendable {
    /// Calls at once.
    public var concurrency: Int
    /// Requests a second; `nil`: no limit.
    public var rate: Double?
    /// Tries for one call, the first included.
    public var attempts = 5
    public var backoff = Backoff()
    /// From the last byte sent to the first received.
    public var answerDeadline: Duration = .seconds(60)
    /// For a whole request.
    public var wholeDeadline: Duration = .seconds(120)
    /// A run ends after so many calls in a row that came to nothing.
    public var mostFailures = 5
    /// Once it is clear that the service will not answer, it is not asked any more. Off for servers, which go on when the
    /// service does.
    public var isFinal = true

    public init(concurrency: Int, rate: Double?) {
        self.concurrency = concurrency
        self.rate = rate
    }
}

/// Calls one service: at its rate, again where that can help, and not at all once it is clear that it cannot.
public final class Caller: Sendable {
    private struct State {
        var bucket: TokenBucket?
        var failuresInARow = 0
        var stop: JudgeStop?
        var spending = Spending()
    }
    private let client: HTTPClient
    private let service: String
    public let rules: CallingRules
    private let clock: TimeSource
    private let state: Mutex<State>

    public init(_ service: String, client: HTTPClient, rules: CallingRules, clock: TimeSource = .system) {
        self.client = client
        self.service = service
        self.rules = rules
        self.clock = clock
        state = Mutex(State(bucket: rules.rate.map(TokenBucket.init)))
    }

    var connectionsOpened: Int { client.connectionsOpened }

    /// Requests and bytes so far; what the service bills is added with `bill`.
    public var spending: Spending { state.withLock { $0.spending } }

    /// Notes what the service bills for a call.
    func bill(_ operations: Int) { state.withLock { $0.spending.operations += operations } }

    /// Asks until there is an answer. `read` makes sense of an answer, whatever its status, or throws `CallProblem`.
    /// Throws `CallProblem` for what concerns this call, and `JudgeStop` for what concerns all.
    func ask<Result>(_ call: HTTPCall, read: (HTTPAnswer) throws -> Result) async throws -> Result {
        var attempt = 0
        var call = call
        (call.answerDeadline, call.wholeDeadline) = (rules.answerDeadline, rules.wholeDeadline)
        while true {
            if let stop = state.withLock({ $0.stop }) { throw stop }
            try await waitForPlace()
            let problem: CallProblem
            var retryAfter: Duration?
            do {
                let answer = try await send(call)
                retryAfter = answer.retryAfter
                do {
                    let result = try read(answer)
                    state.withLock { $0.failuresInARow = 0 }
                    return result
                } catch CallProblem.unreadable {
                    problem = Self.problem(ofStatus: answer.status)
                } catch let found as CallProblem {
                    problem = found
                }
            } catch let failure as HTTPFailure {
                problem = try Self.problem(of: failure, service)
            }
            attempt += 1
            guard problem.mayPass, attempt < rules.attempts,
                let delay = rules.backoff.delay(attempt: attempt - 1, random: clock.random(), retryAfter: retryAfter)
            else { throw giveUp(problem) }
            try await clock.sleep(delay)
        }
    }

    /// Waits, by the caller's clock.
    func pause(_ duration: Duration) async throws { try await clock.sleep(duration) }

    private func waitForPlace() async throws {
        let wait = state.withLock { $0.bucket?.take(at: clock.now()) } ?? .zero
        if wait > .zero { try await clock.sleep(wait) }
    }

    private func send(_ call: HTTPCall) async throws -> HTTPAnswer {
        do {
            let answer = try await client.send(call)
            count(answer.bytesSent)
            return answer
        } catch let failure as HTTPFailure {
            count(failure.bytesSent)
            throw failure
        }
    }

    private func count(_ bytes: Int) {
        state.withLock { state in
            state.spending.requests += 1
            state.spending.bytesSent += bytes
        }
    }

    /// Turns what concerns everything into a stop, at once or after too many calls that came to nothing.
    private func giveUp(_ problem: CallProblem) -> any Error {
        switch problem {
        case .credentials(let text): return end(.credentials, "\(service) refuses the credentials: \(text)")
        case .quotaSpent(let text): return end(.quota, "\(service): the quota is spent: \(text)")
        case .refused: return problem
        case .throttled, .busy, .unreadable:
            let failures = state.withLock { state in
                state.failuresInARow += 1
                return state.failuresInARow
            }
            guard failures >= rules.mostFailures else { return problem }
            return end(
                .unavailable, "\(service) failed \(failures) times in a row, each after all tries: \(problem.reason)")
        }
    }

    private func end(_ kind: JudgeStop.Kind, _ text: String) -> JudgeStop {
        let stop = JudgeStop(kind, text)
        if rules.isFinal { state.withLock { $0.stop = $0.stop ?? stop } }
        return stop
    }

    /// For a body that says nothing: what the status says.
    private static func problem(ofStatus status: Int) -> CallProblem {
        switch status {
        case 401, 403: .credentials("HTTP \(status)")
        case 408, 425, 429: .throttled("HTTP \(status)")
        case 500...599: .busy("HTTP \(status)")
        case 300...399: .refused("it answers with a redirect, which is not followed (HTTP \(status))")
        case 200...299: .unreadable
        default: .refused("HTTP \(status)")
        }
    }

    private static func problem(of failure: HTTPFailure, _ service: String) throws -> CallProblem {
        if failure.isCancellation { throw CancellationError() }
        if failure.isUntrusted { throw JudgeStop(.unavailable, "\(service): \(failure)") }
        // The service had begun to answer: it has taken the picture, and asking again could be charged again.
        return failure.answered ? .refused("the answer broke off: \(failure)") : .busy("\(failure)")
    }
}

extension CallProblem {
    /// Whether trying again can help.
    var mayPass: Bool {
        switch self {
        case .throttled, .busy: true
        case .credentials, .quotaSpent, .refused, .unreadable: false
        }
    }

    /// For reports.
    public var reason: String {
        switch self {
        case .throttled(let text), .busy(let text), .credentials(let text), .quotaSpent(let text), .refused(let text):
            text
        case .unreadable: "its answer cannot be read"
        }
    }
}

extension CallProblem: CustomStringConvertible {
    public var description: String { reason }
}
