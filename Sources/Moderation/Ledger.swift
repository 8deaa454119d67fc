/// What was judged before, kept outside of the process, and what is being asked for just now, by whatever process.
///
/// Whoever is granted a claim asks, and then keeps the answer or releases the claim. A claim ends with its process.
public protocol Ledger: Sendable {
    /// What is known of a picture. Claims nothing.
    func judgement(_ question: LedgerQuestion) async throws -> Judgement?
    /// Claims a picture. What is claimed for nobody else is on disk when it returns.
    func claimPicture(_ question: LedgerQuestion) async throws -> LedgerClaim<Judgement>
    /// Claims a whole video that a service judges: its frames.
    func claimVideo(_ question: LedgerQuestion) async throws -> LedgerClaim<[NativeFrame]>
    /// Keeps what was paid for, and ends the claim, even if the task is cancelled. Is on disk when it returns.
    /// - Parameter operations: What was billed.
    func keep(_ judgement: Judgement, operations: Int, for question: LedgerQuestion) async throws
    func keep(_ frames: [NativeFrame], operations: Int, for question: LedgerQuestion) async throws
    /// Ends a claim without an answer, even if the task is cancelled.
    func release(_ question: LedgerQuestion) async throws
}

/// What a service is asked: the same bytes, the same service, the same tasks.
public struct LedgerQuestion: Hashable, Sendable {
    /// SHA-256 of the bytes that are sent, hexadecimal.
    public let digest: String
    /// Service and address.
    public let judge: String
    public let tasks: String

    package init(digest: String, judge: String, tasks: String) {
        self.digest = digest
        self.judge = judge
        self.tasks = tasks
    }

    /// - Parameter interval: Of the pictures that the service takes of a video, seconds; `nil` for a picture.
    public init(digest: String, judge: String, categories: Set<Category>, every interval: Double? = nil) {
        let names = categories.sorted().map(\.rawValue).joined(separator: ",")
        self.init(digest: digest, judge: judge, tasks: names + (interval.map { " every \($0) s" } ?? ""))
    }
}

/// What comes of claiming.
public enum LedgerClaim<Answer: Sendable>: Sendable {
    case known(Answer)
    case granted
    /// Somebody else is asking just now.
    case taken
}
