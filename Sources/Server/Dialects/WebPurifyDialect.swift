import Foundation
import FrameSampling
import HTTPTypes
import Moderation
import Pipeline
import Wire

/// WebPurify's image API, AIM 1.0: `/services/rest/`.
struct WebPurifyDialect: Dialect {
    let name = DialectName.webpurify
    let context: ServerContext

    /// Formats and smallest side are from its documentation; the most pixels are this server's limit.
    private static let rules = ImageRules(
        maxBytes: WebPurifyLimits.imageBytes, maxPixels: 64_000_000, minSide: WebPurifyLimits.shortestSide,
        formats: [.jpeg, .png, .webp, .gif])
    /// Characters.
    private static let maxIDLength = 65_000

    var routes: [Route] {
        [
            Route(
                dialect: self, path: "/services/rest",
                summary:
                    "Judges an image (webpurify.aim.imgcheck), or reports the remaining quota (webpurify.aim.imgaccount).",
                parameters: [
                    RouteParameter("method", required: true, "webpurify.aim.imgcheck or webpurify.aim.imgaccount."),
                    RouteParameter("api_key", required: true, "The API key."),
                    RouteParameter("imgurl", .url, "The image's address."),
                    RouteParameter("format", "xml (default) or json."),
                    RouteParameter("cats", "Categories, separated by commas. Default: nudity."),
                    RouteParameter("pf_api_key", "Any value: recognized text (ocr) is checked for profanity."),
                    RouteParameter("customimgid", "Accepted but not used; at most 65000 characters."),
                ], handle: handle)
        ]
    }

    func check(_ call: Call) throws(Refusal) { try context.access.check(key: call.form["api_key"], dialect: name) }

    private func handle(_ call: Call) async throws -> Reply {
        switch call.form["method"]?.lowercased() {
        case "webpurify.aim.imgcheck": try await checkImage(call)
        case "webpurify.aim.imgaccount": try await account(call)
        case let other: throw Refusal.unknownMethod(other ?? "")
        }
    }

    private func checkImage(_ call: Call) async throws -> Reply {
        let key = try context.access.admit(key: call.form["api_key"], dialect: name)
        try await key.requireQuota()
        let served = try context.served(
            try context.tasks(call.form["cats"] ?? WebPurifyCats.standard, WebPurifyCats.list))
        if (call.form["customimgid"]?.count ?? 0) > Self.maxIDLength {
            throw Refusal.badParameter("customimgid", "at most \(Self.maxIDLength) characters")
        }
        guard let url = call.form["imgurl"] else { throw Refusal.badURL }
        let pictures = try await key.charging(1) {
            let image = try await context.fetcher.fetch(url, limit: Self.rules.maxBytes)
            return try await context.images.judge(image, rules: Self.rules, for: served.categories)
        }
        guard let picture = pictures.first else { throw Refusal.brokenImage }
        let filter = call.form["pf_api_key"] ?? ""
        var answer = WebPurifyAnswer(picture.judgement, tasks: served, filtersText: !filter.isEmpty)
        answer.apiKey = call.form["api_key"]
        return try encoded(.answer(answer), call)
    }

    private func account(_ call: Call) async throws -> Reply {
        let key = try context.access.admit(key: call.form["api_key"], dialect: name)
        var answer = WebPurifyAnswer()
        answer.method = "webpurify.aim.imgaccount"
        answer.remaining = try await key.remaining()
        answer.apiKey = call.form["api_key"]
        return try encoded(.answer(answer), call)
    }

    private func encoded(_ message: WebPurifyReply, _ call: Call?) throws -> Reply {
        if call?.form["format"]?.lowercased() == "json" { return Reply(body: try message.json()) }
        return Reply(contentType: "text/xml; charset=utf-8", body: try message.xml())
    }

    // MARK: Refusals

    func reply(to refusal: Refusal, call: Call?) throws -> Reply {
        let (code, message) = Self.error(refusal)
        var reply = try encoded(.failure(WebPurifyFailure(.init(rawValue: code), message)), call)
        // Clients only read the code if the status is 200. Where they may retry, the status matters more.
        reply.allowRetry(after: refusal)
        return reply
    }

    /// The documented code and message; code 1 if none fits.
    private static func error(_ refusal: Refusal) -> (Int, String) {
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
