import Base
import HTTPTransport
import Moderation
import Runtime
import Synchronization
import Wire

/// Why a service's response is not a judgement. The texts are for people.
public enum CallProblem: Error, Hashable, Sendable {
    /// Too many requests; a later one may succeed.
    case throttled(String)
    /// The service failed or is unreachable; a later request may succeed.
    case busy(String)
    /// The credentials are missing or rejected.
    case credentials(String)
    /// Nothing is left of the account's quota.
    case quotaSpent(String)
    /// The service refuses this picture; trying again is pointless.
    case refused(String)
    /// The response is neither a judgement nor an error as documented.
    case unreadable
}

/// How to call a service.
public struct CallingRules: Hashable, Sendable {
    /// The most calls at once.
    public var concurrency: Int
    /// The most requests per second; `nil` for no limit.
    public var rate: Double?
    /// The most attempts for one call, including the first. Default 5.
    public var attempts = 5
    /// The waits between attempts.
    public var backoff = Backoff()
    /// The time limit from the last byte sent to the first received. Default 60 s.
    public var answerDeadline: Duration = .seconds(60)
    /// The time limit for a whole request. Default 120 s.
    public var wholeDeadline: Duration = .seconds(120)
    /// After this many failed calls in a row, a run ends. Default 5.
    public var maxFailures = 5
    /// Whether to stop calling for good once the service is known not to answer. Default true. Servers turn it off, to
    /// go on when the service recovers.
    public var isFinal = true

    /// The most pictures to ask about at once: while some calls wait to be repeated, others use their connections.
    public var inWork: Int { concurrency + concurrency / 4 }
}

/// Calls one service within its rate. Repeats calls that may succeed later, and stops if no call can succeed.
public final class Caller: Sendable {
    private struct State {
        var bucket: TokenBucket?
        var failuresInARow = 0
        var stop: JudgeStop?
        var spending = Spending()
    }
    private let client: HTTPClient
    private let service: String
    /// As passed to `init`.
    public let rules: CallingRules
    private let clock: TimeSource
    private let state: Mutex<State>

    /// - Parameters:
    ///   - service: The service's name, for messages.
    ///   - client: Makes the requests.
    ///   - rules: How to call the service.
    ///   - clock: The time source. Default: the system's.
    public init(_ service: String, client: HTTPClient, rules: CallingRules, clock: TimeSource = .system) {
        self.client = client
        self.service = service
        self.rules = rules
        self.clock = clock
        state = Mutex(State(bucket: rules.rate.map(TokenBucket.init)))
    }

    var connectionsOpened: Int { client.connectionsOpened }

    /// Requests and bytes so far, and what was passed to `bill` and `spare`.
    public var spending: Spending { state.withLock { $0.spending } }

    /// Adds what the service bills for a call.
    func bill(_ operations: Int) { spend { $0.operations += operations } }

    /// Adds pictures that need no call, because their judgements are known.
    func spare(_ pictures: Int) { spend { $0.known += pictures } }

    /// Counts for the service, and for the run that calls it.
    private func spend(_ change: (inout Spending) -> Void) {
        state.withLock { change(&$0.spending) }
        RunCost.current?.spend(change)
    }

    /// Makes a request, repeatedly if needed.
    /// - Parameter read: Interprets a response of any status, or throws `CallProblem`.
    /// - Returns: The result of `read`.
    /// - Throws: `CallProblem` if only this call failed, `JudgeStop` if further calls would fail as well, or
    ///   `CancellationError`.
    func ask<Result>(_ call: HTTPClientRequest, read: (HTTPClientResponse) throws -> Result) async throws -> Result {
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

    /// Waits on the caller's clock.
    func pause(_ duration: Duration) async throws { try await clock.sleep(duration) }

    private func waitForPlace() async throws {
        let wait = state.withLock { $0.bucket?.take(at: clock.now()) } ?? .zero
        if wait > .zero { try await clock.sleep(wait) }
    }

    private func send(_ call: HTTPClientRequest) async throws -> HTTPClientResponse {
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
        spend { spending in
            spending.requests += 1
            spending.bytesSent += bytes
        }
    }

    /// Converts a problem that concerns all calls to a stop: at once, or after too many failed calls in a row.
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
            guard failures >= rules.maxFailures else { return problem }
            return end(
                .unavailable, "\(service) failed \(failures) times in a row, each after all tries: \(problem)")
        }
    }

    private func end(_ kind: JudgeStop.Kind, _ text: String) -> JudgeStop {
        let stop = JudgeStop(kind, text)
        if rules.isFinal { state.withLock { $0.stop = $0.stop ?? stop } }
        return stop
    }

    /// Interprets the status if the body does not help.
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
        // The service had begun to answer. It accepted the picture, so another request could be charged again.
        return failure.answered ? .refused("the answer broke off: \(failure)") : .busy("\(failure)")
    }
}

extension CallProblem {
    /// Whether another attempt can help.
    var mayPass: Bool {
        switch self {
        case .throttled, .busy: true
        case .credentials, .quotaSpent, .refused, .unreadable: false
        }
    }
}

extension CallProblem: CustomStringConvertible {
    /// A clause for reports.
    public var description: String {
        switch self {
        case .throttled(let text), .busy(let text), .credentials(let text), .quotaSpent(let text), .refused(let text):
            text
        case .unreadable: "its answer cannot be read"
        }
    }
}

extension HTTPClientResponse {
    /// Decodes the body.
    /// - Throws: `CallProblem.unreadable`.
    func message<Message: Decodable>(_ type: Message.Type) throws -> Message {
        guard let message = try? WireJSON.decode(type, from: body) else { throw CallProblem.unreadable }
        return message
    }
}
