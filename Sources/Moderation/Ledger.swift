/// A store of paid judgements, and of requests in progress in any process.
///
/// A process that is granted a claim sends the request, and then keeps the answer or releases the claim. A claim ends with
/// its process. Methods throw errors of the store.
public protocol Ledger: Sendable {
    /// How many pictures, besides those being asked about, it needs in hand to write about several together. Default 0.
    var lookAhead: Int { get }
    /// Returns the stored judgement of a picture, if any. Claims nothing.
    func judgement(_ question: LedgerQuestion) async throws -> Judgement?
    /// Claims a picture. A granted claim is on disk when this returns.
    func claimPicture(_ question: LedgerQuestion) async throws -> LedgerClaim<Judgement>
    /// Claims a whole video for a service that samples it.
    func claimVideo(_ question: LedgerQuestion) async throws -> LedgerClaim<[NativeFrame]>
    /// Stores a paid judgement and ends the claim, even if the task is canceled. It is on disk when this returns.
    /// - Parameter operations: The units billed for it.
    func keep(_ judgement: Judgement, operations: Int, for question: LedgerQuestion) async throws
    /// Does the same for a video.
    func keep(_ frames: [NativeFrame], operations: Int, for question: LedgerQuestion) async throws
    /// Ends a claim without an answer, even if the task is canceled.
    func release(_ question: LedgerQuestion) async throws
}

extension Ledger {
    /// None.
    public var lookAhead: Int { 0 }
}

/// Identifies a request to a service. Equal questions have equal answers.
public struct LedgerQuestion: Hashable, Sendable {
    /// The SHA-256 of the bytes to judge, in hexadecimal.
    public let digest: String
    /// The service and its address.
    public let judge: String
    /// The categories, and the interval for a video.
    public let tasks: String

    /// A question as it was stored.
    package init(digest: String, judge: String, tasks: String) {
        (self.digest, self.judge, self.tasks) = (digest, judge, tasks)
    }

    /// See the properties of the same names.
    /// - Parameter interval: The time between pictures that the service takes from a video, in seconds. `nil` for a picture.
    public init(digest: String, judge: String, categories: Set<ContentCategory>, every interval: Double? = nil) {
        let names = categories.sorted().map(\.rawValue).joined(separator: ",")
        self.init(digest: digest, judge: judge, tasks: names + (interval.map { " every \($0) s" } ?? ""))
    }
}

extension LedgerQuestion: Comparable {
    /// By digest, judge and tasks.
    public static func < (one: LedgerQuestion, other: LedgerQuestion) -> Bool {
        (one.digest, one.judge, one.tasks) < (other.digest, other.judge, other.tasks)
    }
}

/// The result of claiming a question.
public enum LedgerClaim<Answer: Sendable>: Sendable {
    /// The answer is already stored. Nothing was claimed.
    case known(Answer)
    /// The caller has to send the request.
    case granted
    /// Another task or process is sending the request now.
    case taken
}
