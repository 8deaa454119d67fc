import Moderation
import Store

/// Why a request to the review queue is refused.
enum ReviewRefusal: Hashable {
    /// The key is not for this.
    case missingRole(KeyRole)
    /// The server has no queue.
    case noQueue
    case unknownCase
    /// The case cannot be decided on.
    case problem(ReviewProblem)
    /// What is to be deleted is still being judged.
    case stillJudged

    /// One sentence.
    var sentence: String {
        switch self {
        case .missingRole(let role): "The key has no role “\(role.rawValue)”."
        case .noQueue: "This server has no review queue; start it with --review."
        case .unknownCase: "There is no such case."
        case .problem(.held): "Somebody else has this case."
        case .problem(.settled(let state)): "This case is \(state.rawValue) already."
        case .problem(.gone): "This case was deleted."
        case .problem(.excluded): "The appeal is against your decision, so somebody else decides."
        case .problem(.nothingToUndo): "There is nothing to take back."
        case .stillJudged: "It is still being judged; stop it first."
        }
    }
}
