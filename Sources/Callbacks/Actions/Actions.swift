import Foundation
import HTTPTransport
import Moderation

/// What the operator has set to be done at verdicts.
public struct Actions: Sendable {
    /// An attempt that was made.
    struct Attempt: Sendable {
        /// Why it failed, without secrets; `nil` if it did not.
        var problem: String?
        /// Whether another attempt would fail in the same way.
        var isFinal = false
        /// The wait that a server asked for.
        var retryAfter: Duration?
        var wasEnded = false
        /// The beginning of a program's output, without secrets.
        var output: String?
    }

    private let files: [ActionTrigger.Kind: ActionFile]
    private let programs: (any ProgramHost)?
    private let environment: [String: String]

    /// - Parameters:
    ///   - files: By what they are for. Default: none.
    ///   - programs: Runs programs; `nil` if no file has one.
    ///   - environment: The process's, in which secrets are looked up at each attempt.
    public init(
        _ files: [ActionTrigger.Kind: ActionFile] = [:], programs: (any ProgramHost)? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        (self.files, self.programs, self.environment) = (files, programs, environment)
    }

    /// What there is an action for.
    public var kinds: Set<ActionTrigger.Kind> { Set(files.keys) }

    /// The wait before the next attempt.
    /// - Parameters:
    ///   - attempts: Those that failed, from 1.
    ///   - random: 0…1.
    /// - Returns: `nil` if there is no other.
    func delay(_ kind: ActionTrigger.Kind, after attempts: Int, _ attempt: Attempt, random: Double) -> Duration? {
        guard let file = files[kind], !attempt.isFinal, attempts <= file.retries else { return nil }
        return file.backoff.delay(attempt: attempts - 1, random: random, retryAfter: attempt.retryAfter)
    }

    /// Does what is set.
    /// - Parameters:
    ///   - event: The event's JSON.
    ///   - id: The action's id.
    func attempt(_ kind: ActionTrigger.Kind, event: Data, id: String, _ client: HTTPClient) async -> Attempt {
        guard let file = files[kind] else { return Attempt(problem: "no action is set", isFinal: true) }
        switch file.work {
        case .request(let request): return await send(request, file, event, id, client)
        case .program:
            guard let end = await programs?.run(kind.rawValue, file, event: event) else {
                return Attempt(problem: "no programs can be run", isFinal: true)
            }
            let output = file.environment.compactMap { environment[$0] }.filter { !$0.isEmpty }
                .reduce(end.output) { $0.replacing($1, with: "***") }
            return Attempt(problem: end.problem, wasEnded: end.wasEnded, output: output.isEmpty ? nil : output)
        }
    }

    private func send(
        _ request: ActionRequest, _ file: ActionFile, _ event: Data, _ id: String, _ client: HTTPClient
    ) async -> Attempt {
        guard var values = ActionEvent.values(of: event) else {
            return Attempt(problem: "the event cannot be read", isFinal: true)
        }
        values["env"] = environment.filter { file.environment.contains($0.key) }
        var call: HTTPClientRequest
        do {
            call = try request.call(values)
        } catch {
            return Attempt(problem: error.phrase, isFinal: true)
        }
        call.headers.append(("Idempotency-Key", id))
        (call.connectDeadline, call.answerDeadline, call.wholeDeadline) = (file.deadline, file.deadline, file.deadline)
        call.maxAnswer = 1 << 20
        do {
            let answer = try await client.send(call)
            if (200...299).contains(answer.status) { return Attempt() }
            return Attempt(problem: "HTTP \(answer.status)", retryAfter: answer.retryAfter)
        } catch {
            return Attempt(problem: "\(error)")
        }
    }
}
