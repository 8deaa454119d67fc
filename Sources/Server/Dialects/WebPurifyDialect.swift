import Foundation
import FrameSampling
import HTTPTypes
import Moderation
import Pipeline
import Wire

/// WebPurify AIM 1.0: `/services/rest/` with its methods.
struct WebPurifyDialect: Dialect {
    let name = DialectName.webpurify
    let context: ServerContext

    /// Formats and smallest side from its documentation; the rest is ours.
    private static let rules = ImageRules(
        maxBytes: WebPurifyLimits.imageBytes, maxPixels: 64_000_000, minSide: WebPurifyLimits.shortestSide,
        formats: [.jpeg, .png, .webp, .gif])
    /// Characters.
    private static let longestID = 65_000

    var routes: [Route] {
        [
            Route(
                dialect: self, path: "/services/rest", methods: [.get, .post],
                limits: FormLimits(fileBytes: 0, fileFields: []),
                summary: "Judges an image (webpurify.aim.imgcheck), or says what is left (webpurify.aim.imgaccount).",
                parameters: [
                    RouteParameter("method", required: true, "webpurify.aim.imgcheck or webpurify.aim.imgaccount."),
                    RouteParameter("api_key", required: true, "The key."),
                    RouteParameter("imgurl", .url, "Where the image is."),
                    RouteParameter("format", "xml, unless json is given."),
                    RouteParameter("cats", "Categories, separated by commas; nudity unless given."),
                    RouteParameter("pf_api_key", "Any: recognised text (ocr) is looked through for profanity."),
                    RouteParameter("customimgid", "Taken and not used; at most 65000 characters."),
                ], handle: handle)
        ]
    }

    func check(_ call: Call) throws {
        if let key = call.form["api_key"] { try context.access.check(key: key, dialect: name) }
    }

    private func handle(_ call: Call) async throws -> Reply {
        switch call.form["method"]?.lowercased() {
        case "webpurify.aim.imgcheck": try await check(call)
        case "webpurify.aim.imgaccount": try await account(call)
        case let other: throw Refusal.unknownMethod(other ?? "")
        }
    }

    private func check(_ call: Call) async throws -> Reply {
        let key = call.form["api_key"]
        let pass = try context.access.admit(key: key, dialect: name)
        try await pass.requireSome()
        let served = try context.served(try cats(call.form["cats"]))
        if (call.form["customimgid"]?.count ?? 0) > Self.longestID {
            throw Refusal.badParameter("customimgid", "at most \(Self.longestID) characters")
        }
        guard let url = call.form["imgurl"] else { throw Refusal.badURL }
        let pictures = try await pass.paying(1) {
            let image = try await context.fetcher.fetch(url, limit: Self.rules.maxBytes)
            return try await context.images.judge(image, rules: Self.rules, for: served.categories)
        }
        guard let picture = pictures.first else { throw Refusal.brokenImage }
        let filter = call.form["pf_api_key"] ?? ""
        var answer = WebPurifyAnswer(picture.judgement, tasks: served, filtersText: !filter.isEmpty)
        answer.apiKey = key
        return try encoded(.answer(answer), call)
    }

    private func account(_ call: Call) async throws -> Reply {
        let pass = try context.access.admit(key: call.form["api_key"], dialect: name)
        var answer = WebPurifyAnswer()
        answer.method = "webpurify.aim.imgaccount"
        answer.remaining = try await pass.remaining()
        answer.apiKey = call.form["api_key"]
        return try encoded(.answer(answer), call)
    }

    private func cats(_ text: String?) throws -> [ModerationTask] {
        do {
            return try WebPurifyCats.list(text ?? WebPurifyCats.standard)
        } catch {
            throw Refusal(error)
        }
    }

    private func encoded(_ message: WebPurifyReply, _ call: Call?) throws -> Reply {
        if call?.form["format"]?.lowercased() == "json" { return Reply(body: try message.json()) }
        return Reply(contentType: "text/xml; charset=utf-8", body: try message.xml())
    }

    // MARK: Refusals

    func reply(to refusal: Refusal, call: Call?) throws -> Reply {
        let (code, message) = Self.meaning(refusal)
        var reply = try encoded(.failure(WebPurifyFailure(.init(rawValue: code), message)), call)
        // A client raises before it reads the code unless the status is 200; where it should come back later, it may.
        reply.allowRetry(after: refusal)
        return reply
    }

    /// Documented codes and messages; 1 where none fits.
    private static func meaning(_ refusal: Refusal) -> (Int, String) {
        switch refusal {
        case .missingKey: (102, "API Key was not included in request")
        case .unknownKey, .keyNotForDialect: (100, "Invalid API Key")
        case .inactiveKey: (101, "API Key is inactive")
        case .quotaSpent: (106, "Out of Requests")
        case .badURL, .refusedAddress, .noMedia: (103, "Not a valid URL")
        case .notFound, .unreachable: (105, "Unable to locate photo")
        case .notAnImage, .unsupportedFormat, .brokenImage, .tooLarge, .tooManyPixels, .tooManyFrames:
            (104, "Unsupported format")
        case .tooSmall: (107, "Photo too small")
        case .unknownTask(let name), .unservedTask(let name, _):
            (108, "Undefined category name: \(name.shortened)")
        case .noTask: (108, "Undefined category name")
        default: (1, refusal.sentence)
        }
    }
}
