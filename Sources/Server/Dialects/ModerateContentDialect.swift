import Forms
import Foundation
import FrameSampling
import HTTPTypes
import Moderation
import Pipeline
import Wire

/// ModerateContent: `/moderate/`.
struct ModerateContentDialect: Dialect {
    let name = DialectName.moderatecontent
    let context: ServerContext

    /// Bytes and formats from its documentation; the bounds on pixels and pictures are ours.
    private static let rules = ImageRules(
        maxBytes: ModerateContentLimits.imageBytes, maxPixels: 64_000_000, formats: [.jpeg, .png, .bmp, .gif, .webp],
        choice: .all(limit: 256))

    var routes: [Route] {
        [
            Route(
                dialect: self, path: "/moderate", methods: [.get, .post],
                limits: FormLimits(fileBytes: Self.rules.maxBytes, fileFields: ["file", "image"], takesAnyFile: true),
                summary: "Rates an image.",
                parameters: [
                    RouteParameter("key", "The key."), RouteParameter("url", .url, "Where the image is, or"),
                    RouteParameter("file", .file, "the image."),
                    RouteParameter("face", .boolean, "Whether faces are looked for, and their gender and age."),
                    RouteParameter("callback", "Answers with a script that calls this function."),
                ], handle: moderate)
        ]
    }

    func check(_ call: Call) throws {
        if let key = call.form["key"] { try context.access.check(key: key, dialect: name) }
    }

    private func moderate(_ call: Call) async throws -> Reply {
        let callback = try JSONP.name(in: call.form)
        // Its own JSONP sample sends no key.
        let key = call.form["key"] ?? (context.access.isOpen ? "anybody" : nil)
        let pass = try context.access.admit(key: key, dialect: name)
        let withFaces = try face(call.form)
        var tasks = [ModerationTask.nudity]
        if withFaces {
            // An answer may lack what the judge cannot tell of a face.
            let told = [.genderFemale, .minor].filter(context.judge.categories.contains)
            tasks.append(ModerationTask(name: "faces", categories: [.face] + told))
        }
        let served = try context.served(tasks)
        let source = try MediaSource(
            file: call.form.file("file", "image") ?? call.form.anyFile, url: call.form["url"])
        let pictures = try await pass.paying(1) {
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
        return callback.map { JSONP.wrap(json, $0) } ?? Reply(body: json)
    }

    private func face(_ form: Form) throws -> Bool {
        switch form["face"]?.lowercased() {
        case nil, "false", "0": false
        case "true", "1": true
        default: throw Refusal.badParameter("face", "true or false")
        }
    }

    /// The one with the highest adult score; of equals the first.
    private static func worst(of pictures: [JudgedPicture]) -> JudgedPicture? {
        func adult(_ picture: JudgedPicture) -> Double { picture.judgement.probabilities[.nudityExplicit] ?? 0 }
        return pictures.first.map { first in pictures.reduce(first) { adult($1) > adult($0) ? $1 : $0 } }
    }

    // MARK: Refusals

    func reply(to refusal: Refusal, call: Call?) throws -> Reply {
        let failure = ModerateContentFailure(Self.code(refusal, call: call), Self.message(refusal))
        let json = try WireJSON.encode(failure)
        if let callback = call.flatMap({ try? JSONP.name(in: $0.form) }) { return JSONP.wrap(json, callback) }
        var reply = Reply(body: json)
        reply.allowRetry(after: refusal)
        return reply
    }

    private static func message(_ refusal: Refusal) -> String {
        refusal == .noMedia ? "No url specified in querystring" : refusal.sentence
    }

    /// Documented codes. There is none for a bad key, a limit or trouble of ours: 1004 (permissions), and the catch-all.
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
