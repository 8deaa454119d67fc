import Base
import Forms
import Moderation

/// Why a request is not answered, before a dialect puts it into its own words.
enum Refusal: Error, Hashable {
    case missingKey, unknownKey, inactiveKey
    /// The key is good, but not for this dialect.
    case keyNotForDialect
    case quotaSpent
    /// The key's own limits: requests a second, or at once.
    case tooManyRequests
    /// The server has as much to do as it takes on.
    case overloaded
    /// A picture was not judged within the limit.
    case tooSlow(Duration)
    case noTask
    case unknownTask(String)
    case unservedTask(String, served: [String])
    case badParameter(String, String)
    case noMedia, twoMedia
    case badURL, notFound
    case badCallback
    case unknownMedia
    case tooManyJobs(limit: Int)
    case unreachable(String)
    case refusedAddress
    /// More bytes than the limit.
    case tooLarge(limit: Int)
    case tooManyPixels, tooSmall, notAnImage, unsupportedFormat, brokenImage
    case tooManyFrames(limit: Int)
    case notAVideo(String)
    case tooLong(seconds: Int)
    /// Not all of a video was seen, and nothing was found in what was.
    case incompleteVideo(String)
    case malformedBody(FormProblem)
    case unsupportedBody
    case wrongMethod
    /// From a page of another site, or to another name than this machine's, where no key is asked for.
    case crossSite
    /// Nobody is logged in to the dashboard.
    case loggedOut
    /// A form of the dashboard without its token.
    case expiredForm
    case unknownMethod(String)
    case unknownPath
    /// Ours; details are logged, not told.
    case failure

    /// One sentence for a message field. Names nothing of the inside.
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
        case .noTask: "Nothing was asked for."
        case .unknownTask(let name): "“\(name.shortened)” is not known."
        case .unservedTask(let name, let served):
            "“\(name.shortened)” cannot be judged here. What can be: \(served.joined(separator: ", "))."
        case .badParameter(let name, let rule): "\(name): \(rule)."
        case .noMedia: "Neither a file nor a URL was given."
        case .twoMedia: "Both a file and a URL were given; give one."
        case .badURL: "The URL is not valid."
        case .badCallback: "The callback URL is not valid."
        case .unknownMedia: "There is no such media."
        case .tooManyJobs(let limit): "\(limit) videos are being judged already; try again when one is done."
        case .notFound: "The URL leads to nothing."
        case .unreachable(let cause): "The URL cannot be fetched: \(cause)."
        case .refusedAddress: "The URL leads to an address that is not public."
        case .tooLarge(let limit): "The file is larger than \(limit / 1_000_000) MB."
        case .tooManyPixels: "The picture has too many pixels."
        case .tooSmall: "The picture is too small."
        case .notAnImage: "File is not an image"
        case .unsupportedFormat: "The format of the picture is not supported."
        case .brokenImage: "The image is damaged or ends too early."
        case .tooManyFrames(let limit): "There are more than \(limit) pictures in it."
        case .notAVideo(let cause): "File is not in the good format: \(cause)."
        case .tooLong(let seconds): "The video is longer than \(seconds) seconds."
        case .incompleteVideo(let note): "Not all of the video was seen, so it is undetermined: \(note)"
        case .malformedBody(let problem): "The form is malformed: \(problem)."
        case .unsupportedBody: "The body has to be multipart/form-data or application/x-www-form-urlencoded."
        case .loggedOut: "Nobody is logged in."
        case .expiredForm: "The form is out of date; load its page again."
        case .wrongMethod: "The HTTP method is not allowed here."
        case .crossSite: "Without keys only this machine's own programs and pages are answered, and only as localhost."
        case .unknownMethod: "Method not found."
        case .unknownPath: "There is nothing at this path."
        case .failure: "Something went wrong here."
        }
    }

    /// A word for metrics and logs.
    var label: String {
        switch self {
        case .missingKey, .unknownKey, .inactiveKey, .keyNotForDialect, .loggedOut, .expiredForm: "credentials"
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
    /// What a list of tasks that makes no sense is refused with.
    init(_ error: TaskError) {
        self = if case .unknown(let name, _) = error { .unknownTask(name) } else { .noTask }
    }
}

extension String {
    /// For messages that repeat what somebody sent.
    var shortened: String { count > 64 ? prefix(64) + "…" : self }
}
