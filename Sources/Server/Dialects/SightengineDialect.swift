import Base
import Crypto
import Foundation
import FrameSampling
import HTTPTypes
import Moderation
import Pipeline
import Reports
import Runtime
import Store
import Wire

/// Sightengine's API, version 1.0: images, short videos and feedback. Videos submitted for later are in `SightengineJobs`.
struct SightengineDialect: Dialect {
    let name = DialectName.sightengine
    let context: ServerContext

    /// From its help pages; the bound on an animation's pictures is ours.
    private static let rules = ImageRules(
        maxBytes: SightengineLimits.imageBytes, maxPixels: 64_000_000, choice: .all(limit: 256))

    static let credentials = [
        RouteParameter("api_user", required: true, "The account."),
        RouteParameter("api_secret", required: true, "Its secret."),
    ]

    var routes: [Route] {
        let media = [
            RouteParameter("media", .file, "The image, or"), RouteParameter("url", .url, "where it is."),
            RouteParameter("callback", "Answers with a script that calls this function."),
        ]
        let models = RouteParameter("models", required: true, "Model names, separated by commas.")
        let images = FormLimits(fileBytes: Self.rules.maxBytes, fileFields: ["media"])
        return [
            Route(
                dialect: self, path: "/1.0/check.json", methods: [.get, .post], limits: images,
                summary: "Judges an image with any models.", parameters: Self.credentials + [models] + media,
                handle: { try await check($0, models: $0.form["models"]) }),
            Route(
                dialect: self, path: "/1.0/feedback.json", methods: [.get, .post], limits: images,
                summary: "Reports a misjudged image.",
                parameters: Self.credentials + [
                    RouteParameter("model", required: true, "The model that was wrong."),
                    RouteParameter("class", required: true, "What the image is."),
                ] + media, handle: feedback),
            Route(
                dialect: self, path: "/1.0/video/check-sync.json", methods: [.get, .post],
                limits: FormLimits(
                    fileBytes: context.maxVideoBytes, keepsSmallFilesInMemory: false, fileFields: ["media"]),
                endsWithClient: true, summary: "Judges a video of at most 60 seconds.",
                parameters: Self.credentials + [
                    models, RouteParameter("media", .file, "The video, or"),
                    RouteParameter("stream_url", .url, "where it is."),
                    RouteParameter("interval", .number, "Seconds between pictures; 1 unless given."),
                ], handle: checkVideo),
        ] + jobRoutes + [
            Route(
                dialect: self, path: "/1.0/{model}.json", methods: [.get, .post], limits: images,
                summary: "Judges an image with one model.",
                parameters: [RouteParameter("model", .pathPart, required: true, "The model's name.")]
                    + Self.credentials + media,
                handle: { try await check($0, models: $0.parameters["model"]) })
        ]
    }

    func check(_ call: Call) throws {
        guard let secret = call.form["api_secret"] else { return }
        try context.access.check(key: secret, user: call.form["api_user"], dialect: name)
    }

    // MARK: Images

    private func check(_ call: Call, models: String?) async throws -> Reply {
        let callback = try JSONP.name(in: call.form)
        let pass = try admit(call)
        let served = try context.served(try tasks(models))
        let source = try MediaSource(file: call.form.file("media"), url: call.form["url"])
        let operations = SightengineModel.operations(served)
        let pictures = try await pass.paying(operations) {
            let image = try await context.image(source, Self.rules)
            let pictures = try await context.images.judge(image, rules: Self.rules, for: served.categories)
            // An animation is charged by its pictures, and how many there are shows only now.
            try await pass.take(operations * (pictures.count - 1))
            return pictures
        }
        let judgement = Judgement.combined(pictures.map(\.judgement))
        var answer = SightengineImageAnswer(
            request: request(operations: operations * pictures.count),
            media: media(source), results: SightengineResults(judgement, tasks: served))
        if context.tellsDecision(pass) {
            let request = context.request(served, by: pass)
            let verdict = Verdict(judgement, asked: request.asked, policy: request.policy)
            answer.outcome = PolicyOutcome(verdict.decision, [])
        }
        return try encoded(answer, callback)
    }

    func admit(_ call: Call) throws -> Pass {
        guard let user = call.form["api_user"] else { throw Refusal.missingKey }
        return try context.access.admit(key: call.form["api_secret"], user: user, dialect: name)
    }

    func tasks(_ models: String?) throws -> [ModerationTask] {
        do {
            return try SightengineModel.list(models ?? "")
        } catch {
            throw Refusal(error)
        }
    }

    func request(operations: Int) -> SightengineRequest {
        let time = context.clock.wall().rounded(decimals: 4)
        return SightengineRequest(id: "req_" + context.identifiers.word(), timestamp: time, operations: operations)
    }

    private func media(_ source: MediaSource) -> SightengineMedia { media(uri: source.url ?? source.file?.name) }

    func media(uri: String?) -> SightengineMedia {
        SightengineMedia(id: "med_" + context.identifiers.word(), uri: uri ?? "media")
    }

    func encoded(_ answer: some Encodable, _ callback: String?) throws -> Reply {
        let json = try WireJSON.encode(answer)
        var reply = callback.map { JSONP.wrap(json, $0) } ?? Reply(body: json)
        reply.headers[.accessControlAllowOrigin] = "*"
        return reply
    }

    // MARK: Videos

    private func checkVideo(_ call: Call) async throws -> Reply {
        let pass = try admit(call)
        let served = try context.served(try tasks(call.form["models"]))
        let interval = try interval(call.form)
        let source = try MediaSource(
            file: call.form.file("media"), url: call.form["stream_url"] ?? call.form["url"])
        let result = try await pass.paying(eachPicture: SightengineModel.operations(served)) { pay in
            try await context.videos.judge(
                source,
                rules: VideoRules(longest: SightengineLimits.longestAtOnce, maxBytes: context.maxVideoURLBytes),
                context.request(served, by: pass, interval: interval), pay: pay)
        }
        let operations = SightengineModel.operations(served) * result.nbImages
        let media = media(source)
        var answer = SightengineVideoAnswer(
            request: request(operations: operations), media: media,
            frames: result.sightengineFrames(media: media.id, tasks: served))
        if context.tellsDecision(pass) { answer.data.outcome = PolicyOutcome(result.finalDecision, result.segments) }
        return try encoded(answer, nil)
    }

    private func interval(_ form: Form) throws -> Double {
        guard let text = form["interval"] else { return 1 }
        guard let interval = Double(text), interval >= 0.001, interval <= 3600 else {
            throw Refusal.badParameter("interval", "a number of seconds from 0.001 to 3600")
        }
        return interval
    }

    // MARK: Feedback

    private func feedback(_ call: Call) async throws -> Reply {
        let callback = try JSONP.name(in: call.form)
        let pass = try admit(call)
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
            digest = try await context.digest(of: file, SHA256.self)
        }
        try await context.store.keep(
            Feedback(
                key: pass.name, model: model, trueClass: trueClass, url: source.url, sha256: digest,
                received: context.now))
        let answer = SightengineFeedbackAnswer(
            request: request(operations: 0), media: media(source), message: "Thank you!")
        return try encoded(answer, callback)
    }

    // MARK: Refusals

    func reply(to refusal: Refusal, call: Call?) throws -> Reply {
        let (status, type, code) = Self.meaning(refusal)
        let failure = SightengineFailure(
            request: request(operations: 0), error: .init(type: type, code: code, message: Self.message(refusal)))
        // Only image answers come as scripts, and only to a name that is one.
        let callback = call.flatMap { try? JSONP.name(in: $0.form) }
        var reply = try encoded(failure, callback)
        if callback == nil { reply.status = status }
        if Self.passes(refusal) { reply.headers[.retryAfter] = "1" }
        return reply
    }

    /// Whether trying again may help.
    private static func passes(_ refusal: Refusal) -> Bool {
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

    /// HTTP status, type and code. Codes from 9000 on are ours: the service's full list is not public.
    private static func meaning(_ refusal: Refusal) -> (HTTPResponse.Status, String, Int) {
        switch refusal {
        // The last two are the dashboard's.
        case .missingKey, .unknownKey, .inactiveKey, .loggedOut, .expiredForm: (.unauthorized, "credentials_error", 1)
        case .keyNotForDialect: (.forbidden, "plan_error", 1100)
        case .crossSite: (.forbidden, "request_error", 9107)
        case .quotaSpent, .tooManyRequests: (.tooManyRequests, "usage_limit", 37)
        case .overloaded: (.serviceUnavailable, "usage_limit", 37)
        case .tooManyJobs: (.tooManyRequests, "usage_limit", 37)
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
