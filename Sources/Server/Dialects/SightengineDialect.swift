import Base
import Digests
import Foundation
import FrameSampling
import HTTPTypes
import Moderation
import Pipeline
import Reports
import Runtime
import Store
import Wire

/// Sightengine's API 1.0: images, short videos and feedback. `SightengineJobs.swift` has the jobs.
struct SightengineDialect: Dialect {
    let name = DialectName.sightengine
    let context: ServerContext

    /// Bytes are from its help pages; the most pixels and pictures are this server's limits.
    private static let rules = ImageRules(
        maxBytes: SightengineLimits.imageBytes, maxPixels: 64_000_000, choice: .all(limit: 256))

    /// The parameters that all routes need.
    static let credentials = [
        RouteParameter("api_user", required: true, "The API user."),
        RouteParameter("api_secret", required: true, "The API secret."),
    ]

    var routes: [Route] {
        let media = [
            RouteParameter("media", .file, "The image, or"), RouteParameter("url", .url, "its address."),
            RouteParameter("callback", "The function that the answer calls, as a script."),
        ]
        let models = RouteParameter("models", required: true, "Model names, separated by commas.")
        let images = FormLimits(fileBytes: Self.rules.maxBytes, fileFields: ["media"])
        return [
            Route(
                dialect: self, path: "/1.0/check.json", limits: images,
                summary: "Judges an image with any models.", parameters: Self.credentials + [models] + media,
                handle: { try await check($0, models: $0.form["models"]) }),
            Route(
                dialect: self, path: "/1.0/feedback.json", limits: images,
                summary: "Reports a misjudged image.",
                parameters: Self.credentials + [
                    RouteParameter("model", required: true, "The model that was wrong."),
                    RouteParameter("class", required: true, "What the image is."),
                ] + media, handle: feedback),
            Route(
                dialect: self, path: "/1.0/video/check-sync.json",
                limits: .video(bytes: context.options.maxVideoBytes, fields: ["media"]),
                endsWithClient: true, summary: "Judges a video of at most 60 seconds.",
                parameters: Self.credentials + [
                    models, RouteParameter("media", .file, "The video, or"),
                    RouteParameter("stream_url", .url, "its address."),
                    RouteParameter("interval", .number, "Seconds between pictures. Default: 1."),
                ], handle: checkVideo),
        ] + jobRoutes + [
            Route(
                dialect: self, path: "/1.0/{model}.json", limits: images,
                summary: "Judges an image with one model.",
                parameters: [RouteParameter("model", .pathPart, required: true, "The model's name.")]
                    + Self.credentials + media,
                handle: { try await check($0, models: $0.parameters["model"]) })
        ]
    }

    func check(_ call: Call) throws(Refusal) {
        try context.access.check(key: call.form["api_secret"], user: call.form["api_user"], dialect: name)
    }

    // MARK: Images

    private func check(_ call: Call, models: String?) async throws -> Reply {
        let callback = try JSONP.name(in: call.form)
        let key = try admit(call)
        let served = try context.served(try context.tasks(models, SightengineModel.list))
        let source = try MediaSource(file: call.form.file("media"), url: call.form["url"])
        let operations = SightengineModel.operations(served)
        let pictures = try await key.charging(operations) {
            let image = try await context.image(source, Self.rules)
            let pictures = try await context.images.judge(image, rules: Self.rules, for: served.categories)
            // An animation costs as much as its pictures, whose number is only known now.
            try await key.charge(operations * (pictures.count - 1))
            return pictures
        }
        let judgement = Judgement.combined(pictures.map(\.judgement))
        var answer = SightengineImageAnswer(
            request: request(operations: operations * pictures.count),
            media: media(source), results: SightengineResults(judgement, tasks: served))
        if context.includesDecision(key) {
            let request = context.request(served, by: key)
            let verdict = Verdict(judgement, asked: request.asked, policy: request.policy)
            answer.outcome = PolicyOutcome(verdict.decision, [])
        }
        return try encoded(answer, callback)
    }

    /// Admits the key of a call.
    /// - Throws: `Refusal`.
    func admit(_ call: Call) throws(Refusal) -> AdmittedKey {
        guard let user = call.form["api_user"] else { throw .missingKey }
        return try context.access.admit(key: call.form["api_secret"], user: user, dialect: name)
    }

    /// The `request` object of an answer.
    /// - Parameter operations: The units charged.
    func request(operations: Int) -> SightengineRequest {
        let time = context.clock.wall().rounded(decimals: 4)
        return SightengineRequest(id: Identifiers.word("req"), timestamp: time, operations: operations)
    }

    private func media(_ source: MediaSource) -> SightengineMedia { media(uri: source.url ?? source.file?.name) }

    /// The `media` object of an answer, with a new id.
    func media(uri: String?) -> SightengineMedia {
        SightengineMedia(id: Identifiers.word("med"), uri: uri ?? "media")
    }

    /// An answer that pages of any origin may read.
    /// - Parameter callback: The JSONP function.
    func encoded(_ answer: some Encodable, _ callback: String? = nil) throws -> Reply {
        var reply = JSONP.reply(try WireJSON.encode(answer), callback)
        reply.headers[.accessControlAllowOrigin] = "*"
        return reply
    }

    // MARK: Videos

    private func checkVideo(_ call: Call) async throws -> Reply {
        let key = try admit(call)
        let served = try context.served(try context.tasks(call.form["models"], SightengineModel.list))
        let interval = try call.form.seconds("interval", in: 0.001...3600, or: 1)
        let source = try MediaSource(
            file: call.form.file("media"), url: call.form["stream_url"] ?? call.form["url"])
        let result = try await key.charging(perPicture: SightengineModel.operations(served)) { pay in
            try await context.videos.judge(
                source,
                rules: VideoRules(
                    maxDuration: SightengineLimits.maxSyncDuration, maxBytes: context.options.maxVideoURLBytes),
                context.request(served, by: key, interval: interval), pay: pay)
        }
        let operations = SightengineModel.operations(served) * result.nbImages
        let media = media(source)
        var answer = SightengineVideoAnswer(
            request: request(operations: operations), media: media,
            frames: result.sightengineFrames(media: media.id, tasks: served))
        if context.includesDecision(key) { answer.data.outcome = PolicyOutcome(result.finalDecision, result.segments) }
        return try encoded(answer)
    }

    // MARK: Feedback

    private func feedback(_ call: Call) async throws -> Reply {
        let callback = try JSONP.name(in: call.form)
        let key = try admit(call)
        guard let model = call.form["model"], let classes = SightengineModel.feedbackClasses[model] else {
            throw Refusal.unknownTask(call.form["model"] ?? "")
        }
        guard let trueClass = call.form["class"], classes.contains(trueClass) else {
            throw Refusal.badParameter("class", "one of \(classes.joined(separator: ", "))")
        }
        let source = try MediaSource(file: call.form.file("media"), url: call.form["url"])
        if let url = source.url, !WebAddress.isValid(url) { throw Refusal.badURL }
        var digest: String?
        if let file = source.file {
            _ = try await context.images.judge(file, rules: Self.rules, for: [])
            digest = try await context.digest(of: file, .sha256)
        }
        try await context.store.keep(
            Feedback(
                key: key.name, model: model, trueClass: trueClass, url: source.url, sha256: digest,
                received: context.now))
        let answer = SightengineFeedbackAnswer(
            request: request(operations: 0), media: media(source), message: "Thank you!")
        return try encoded(answer, callback)
    }

    // MARK: Refusals

    func reply(to refusal: Refusal, call: Call?) throws -> Reply {
        let (status, type, code) = Self.error(refusal)
        let failure = SightengineFailure(
            request: request(operations: 0), error: .init(type: type, code: code, message: Self.message(refusal)))
        let callback = call.flatMap { try? JSONP.name(in: $0.form) }
        var reply = try encoded(failure, callback)
        if callback == nil { reply.status = status }
        if Self.isTransient(refusal) { reply.headers[.retryAfter] = "1" }
        return reply
    }

    /// Whether a retry may succeed.
    private static func isTransient(_ refusal: Refusal) -> Bool {
        switch refusal {
        case .tooManyRequests, .overloaded, .tooSlow, .tooManyJobs: true
        default: false
        }
    }

    private static func message(_ refusal: Refusal) -> String {
        switch refusal {
        case .missingKey, .unknownKey, .inactiveKey: "Incorrect API user or API secret"
        case .noTask: "Please specify models"
        case .noMedia: "No media specified"
        default: refusal.sentence
        }
    }

    /// The HTTP status, type and code. Codes from 9000 on are this server's, since the service's list is not public.
    private static func error(_ refusal: Refusal) -> (HTTPResponse.Status, String, Int) {
        switch refusal {
        // The last three only occur in the dashboard.
        case .missingKey, .unknownKey, .inactiveKey, .loggedOut, .expiredForm, .review:
            (.unauthorized, "credentials_error", 1)
        case .keyNotForDialect: (.forbidden, "plan_error", 1100)
        case .crossSite: (.forbidden, "request_error", 9107)
        case .quotaSpent, .tooManyRequests, .tooManyJobs: (.tooManyRequests, "usage_limit", 37)
        case .overloaded: (.serviceUnavailable, "usage_limit", 37)
        case .badCallback: (.badRequest, "callback_error", 9201)
        case .unknownMedia: (.badRequest, "media_error", 9301)
        case .noTask: (.badRequest, "argument_error", 51)
        case .noMedia: (.badRequest, "argument_error", 4)
        case .notAnImage, .unsupportedFormat, .brokenImage, .notAVideo: (.badRequest, "media_error", 9001)
        case .tooLarge, .tooManyPixels, .tooManyFrames: (.badRequest, "media_error", 9002)
        case .notFound, .unreachable, .refusedAddress, .badURL: (.badRequest, "media_error", 9003)
        case .tooSmall: (.badRequest, "media_error", 9004)
        case .tooLong: (.badRequest, "media_error", 9005)
        case .incompleteVideo: (.badRequest, "media_error", 9006)
        case .unknownTask, .unservedTask: (.badRequest, "argument_error", 9101)
        case .badParameter("class", _): (.badRequest, "argument_error", 9102)
        case .badParameter, .twoMedia: (.badRequest, "argument_error", 9103)
        case .malformedBody, .unsupportedBody: (.badRequest, "request_error", 9104)
        case .wrongMethod: (.methodNotAllowed, "request_error", 9105)
        case .unknownPath, .unknownMethod: (.notFound, "request_error", 9106)
        case .tooSlow: (.serviceUnavailable, "api_error", 9901)
        case .failure: (.internalServerError, "api_error", 9900)
        }
    }
}
