import Forms
import Foundation
import FrameSampling
import HTTPTypes
import Moderation
import Pipeline
import Wire

/// ModerateContent's API: `/moderate/`.
struct ModerateContentDialect: Dialect {
    let name = DialectName.moderatecontent
    let context: ServerContext

    /// Bytes and formats are from its documentation; the most pixels and pictures are this server's limits.
    private static let rules = ImageRules(
        maxBytes: ModerateContentLimits.imageBytes, maxPixels: 64_000_000, formats: [.jpeg, .png, .bmp, .gif, .webp],
        choice: .all(limit: 256))

    var routes: [Route] {
        [
            Route(
                dialect: self, path: "/moderate",
                limits: FormLimits(fileBytes: Self.rules.maxBytes, fileFields: ["file", "image"], takesAnyFile: true),
                summary: "Rates an image.",
                parameters: [
                    RouteParameter("key", "The API key."), RouteParameter("url", .url, "The image's address, or"),
                    RouteParameter("file", .file, "the image."),
                    RouteParameter("face", .boolean, "Whether to report faces, and their gender and age."),
                    RouteParameter("callback", "The function that the answer calls, as a script."),
                ], handle: moderate)
        ]
    }

    func check(_ call: Call) throws(Refusal) { try context.access.check(key: call.form["key"], dialect: name) }

    private func moderate(_ call: Call) async throws -> Reply {
        let callback = try JSONP.name(in: call.form)
        // The service's JSONP sample sends no key.
        let secret = call.form["key"] ?? (context.access.isOpen ? "anybody" : nil)
        let key = try context.access.admit(key: secret, dialect: name)
        let withFaces = try face(call.form)
        var tasks = [ModerationTask.nudity]
        if withFaces {
            // Gender and age are optional in the answer.
            let attributes = [.genderFemale, .minor].filter(context.judge.categories.contains)
            tasks.append(ModerationTask(name: "faces", categories: [.face] + attributes))
        }
        let served = try context.served(tasks)
        let source = try MediaSource(
            file: call.form.file("file", "image") ?? call.form.anyFile, url: call.form["url"])
        let pictures = try await key.charging(1) {
            let image = try await context.image(source, Self.rules)
            return try await context.images.judge(image, rules: Self.rules, for: served.categories)
        }
        guard let worst = Self.worst(of: pictures),
            var answer = ModerateContentAnswer(
                worst.judgement, url: source.url ?? source.file?.name ?? "", width: worst.width, height: worst.height,
                withFaces: withFaces && served.contains { $0.name == "faces" })
        else { throw Refusal.unservedTask("nudity", served: []) }
        if pictures.count > 1 { answer.frame = worst.number }
        let json = try WireJSON.encode(answer)
        return JSONP.reply(json, callback)
    }

    private func face(_ form: Form) throws(Refusal) -> Bool {
        switch form["face"]?.lowercased() {
        case nil, "false", "0": false
        case "true", "1": true
        default: throw .badParameter("face", "true or false")
        }
    }

    /// The picture with the highest adult score; the first one of several.
    private static func worst(of pictures: [JudgedPicture]) -> JudgedPicture? {
        func adult(_ picture: JudgedPicture) -> Double { picture.judgement.probabilities[.nudityExplicit] ?? 0 }
        return pictures.first.map { first in pictures.reduce(first) { adult($1) > adult($0) ? $1 : $0 } }
    }

    // MARK: Refusals

    func reply(to refusal: Refusal, call: Call?) throws -> Reply {
        let failure = ModerateContentFailure(Self.code(refusal, call: call), Self.message(refusal))
        let json = try WireJSON.encode(failure)
        let callback = call.flatMap { try? JSONP.name(in: $0.form) }
        var reply = JSONP.reply(json, callback)
        if callback == nil { reply.allowRetry(after: refusal) }
        return reply
    }

    private static func message(_ refusal: Refusal) -> String {
        refusal == .noMedia ? "No url specified in querystring" : refusal.sentence
    }

    /// The documented code. Keys and quotas have none of their own and get 1004 (permissions); other errors without one
    /// get the general code.
    private static func code(_ refusal: Refusal, call: Call?) -> ModerateContentFailure.Code {
        switch refusal {
        case .missingKey, .unknownKey, .inactiveKey, .keyNotForDialect, .quotaSpent: .permissions
        case .noMedia: .noURL
        case .malformedBody(.noBoundary): .noBoundary
        case .malformedBody(.unexpectedEnd), .brokenImage: .unexpectedEnd
        case .malformedBody, .unsupportedBody, .twoMedia, .wrongMethod, .badParameter: .malformedUpload
        case .notAnImage where call?.method == .post && call?.form["url"] != nil: .malformedURL
        case .badURL where call?.method == .post: .malformedURL
        case .tooLarge: .tooLarge
        default: .unreachable
        }
    }
}
