import Moderation
import Runtime
import Synchronization

/// Makes sure that each answer is paid for only once, by any process, and stored. If it cannot be stored, nothing is
/// asked.
final class PaidAnswers: Sendable {
    /// An answer and the operations billed for it.
    typealias Paid<Answer> = (answer: Answer, operations: Int)

    /// `nil` if nothing is stored.
    let ledger: (any Ledger)?
    private let clock: TimeSource
    private let isFinal: Bool
    private let stop = Mutex<JudgeStop?>(nil)

    /// - Parameter isFinal: Whether to ask nothing more once an answer could not be stored. Servers turn it off, to go
    ///   on when the state can be written again.
    init(_ ledger: (any Ledger)?, clock: TimeSource, isFinal: Bool) {
        self.ledger = ledger
        self.clock = clock
        self.isFinal = isFinal
    }

    /// Returns the stored answer, or pays for one. If another process is asking the same question, waits for its
    /// answer.
    /// - Throws: `JudgeStop` if the ledger cannot be written, or what `ask` throws.
    func answer<Answer: Sendable>(
        _ question: LedgerQuestion, claim: (any Ledger) async throws -> LedgerClaim<Answer>,
        keep: (any Ledger, Paid<Answer>) async throws -> Void, ask: () async throws -> Paid<Answer>
    ) async throws -> (answer: Answer, isKnown: Bool) {
        guard let ledger else { return (try await ask().answer, false) }
        while true {
            if let stop = stop.withLock({ $0 }) { throw stop }
            switch try await stopping({ try await claim(ledger) }) {
            case .known(let answer): return (answer, true)
            case .taken: try await clock.sleep(.milliseconds(200))
            case .granted:
                let paid: Paid<Answer>
                do {
                    paid = try await ask()
                } catch {
                    try? await ledger.release(question)
                    throw error
                }
                do {
                    try await stopping { try await keep(ledger, paid) }
                } catch {
                    try? await ledger.release(question)
                }
                return (paid.answer, false)
            }
        }
    }

    /// Converts a failure of the ledger to a stop.
    private func stopping<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error where !(error is CancellationError) {
            let problem = JudgeStop(
                .unavailable,
                "\(error); what is paid for would be lost, so nothing more is asked, and the report has what was judged so far."
            )
            if isFinal { stop.withLock { $0 = $0 ?? problem } }
            throw problem
        }
    }
}
