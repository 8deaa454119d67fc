import Base
import Forms
import Moderation

/// Why a request is refused. Each dialect translates it into its service's own error.
enum Refusal: Error, Hashable {
    case missingKey, unknownKey, inactiveKey
    /// The key is valid, but not for this dialect.
    case keyNotForDialect
    case quotaSpent
    /// The key exceeded its rate or its concurrency.
    case tooManyRequests
    /// The server is at one of its limits.
    case overloaded
    /// A picture was not judged within this time.
    case tooSlow(Duration)
    case noTask
    case unknownTask(String)
    /// The judge cannot serve the task; `served` names those it can.
    case unservedTask(String, served: [String])
    /// The parameter's name and what it must be, as in "a number from 0 to 1".
    case badParameter(String, String)
    case noMedia, twoMedia
    case badURL, notFound
    case badCallback
    case unknownMedia
    case tooManyJobs(limit: Int)
    /// Why the URL cannot be fetched, without a period.
    case unreachable(String)
    /// The URL leads to an address that is not public.
    case refusedAddress
    /// The limit is in bytes.
    case tooLarge(limit: Int)
    case tooManyPixels, tooSmall, notAnImage, unsupportedFormat, brokenImage
    case tooManyFrames(limit: Int)
    /// Why it cannot be read, without a period.
    case notAVideo(String)
    case tooLong(seconds: Int)
    /// Part of a video was not seen, and nothing was found in the rest. Carries a sentence on why.
    case incompleteVideo(String)
    case malformedBody(FormProblem)
    case unsupportedBody
    case wrongMethod
    /// A server without keys was asked by another site's page, or under a name other than localhost.
    case crossSite
    /// No valid session of the dashboard.
    case loggedOut
    /// A form of the dashboard without its CSRF token.
    case expiredForm
    case unknownMethod(String)
    case unknownPath
    /// Only in the dashboard.
    case review(ReviewRefusal)
    /// An internal error. Details are only logged.
    case failure

    /// One sentence for a message field, without internal details.
    var sentence: String {
        switch self {
        case .missingKey: "No API key was given."
        case .unknownKey: "The API key is not known."
        case .inactiveKey: "The API key is inactive."
        case .keyNotForDialect: "The API key is not valid for this API."
        case .quotaSpent: "The quota of the API key is spent."
        case .tooManyRequests: "Too many requests with this key; try again in a moment."
        case .overloaded: "The server is busy; try again in a moment."
        case .tooSlow(let limit): "The picture could not be judged within \(limit.wholeSeconds) seconds."
        case .noTask: "No task was given."
        case .unknownTask(let name): "“\(name.shortened)” is not known."
        case .unservedTask(let name, let served):
            "“\(name.shortened)” cannot be judged here. What can be: \(served.joined(separator: ", "))."
        case .badParameter(let name, let rule): "\(name): \(rule)."
        case .noMedia: "Neither a file nor a URL was given."
        case .twoMedia: "Both a file and a URL were given; give one."
        case .badURL: "The URL is not valid."
        case .badCallback: "The callback URL is not valid."
        case .unknownMedia: "There is no such media."
        case .tooManyJobs(let limit): "\(limit) videos are already being judged; try again when one is done."
        case .notFound: "There is nothing at the URL."
        case .unreachable(let cause): "The URL cannot be fetched: \(cause)."
        case .refusedAddress: "The URL leads to an address that is not public."
        case .tooLarge(let limit): "The file is larger than \(limit / 1_000_000) MB."
        case .tooManyPixels: "The picture has too many pixels."
        case .tooSmall: "The picture is too small."
        case .notAnImage: "File is not an image"
        case .unsupportedFormat: "The format of the picture is not supported."
        case .brokenImage: "The image is damaged or ends too early."
        case .tooManyFrames(let limit): "It has more than \(limit) pictures."
        case .notAVideo(let cause): "File is not in the good format: \(cause)."
        case .tooLong(let seconds): "The video is longer than \(seconds) seconds."
        case .incompleteVideo(let note): "Not all of the video was seen, so it is undetermined: \(note)"
        case .malformedBody(let problem): "The form is malformed: \(problem)."
        case .unsupportedBody: "The body must be multipart/form-data or application/x-www-form-urlencoded."
        case .loggedOut: "You are not logged in."
        case .expiredForm: "The form has expired; reload its page."
        case .wrongMethod: "The HTTP method is not allowed here."
        case .crossSite:
            "Without keys, the server only answers programs and pages of this machine, and only as localhost."
        case .unknownMethod: "Method not found."
        case .unknownPath: "There is nothing at this path."
        case .review(let refusal): refusal.sentence
        case .failure: "An internal error occurred."
        }
    }

    /// The result in metrics and logs.
    var label: String {
        switch self {
        case .missingKey, .unknownKey, .inactiveKey, .keyNotForDialect, .loggedOut, .expiredForm, .review(.missingRole):
            "credentials"
        case .quotaSpent: "quota"
        case .tooManyRequests, .tooManyJobs: "rate"
        case .overloaded: "overload"
        case .tooSlow: "deadline"
        case .failure: "error"
        default: "refused"
        }
    }
}

extension Refusal {
    /// The refusal of an invalid list of tasks.
    init(_ error: TaskError) {
        self = if case .unknown(let name, _) = error { .unknownTask(name) } else { .noTask }
    }
}

extension String {
    /// At most 64 characters, for messages that repeat a client's input.
    var shortened: String { count > 64 ? prefix(64) + "…" : self }
}
