import Foundation
import FrameSampling
import HTTPTypes
import Moderation
import Pipeline
import Reports
import Wire

/// PicPurify's API: `/analyse/1.1` and the three paths of `analyse_video`.
struct PicPurifyDialect: Dialect {
    let name = DialectName.picpurify
    let context: ServerContext

    /// From its documentation.
    private static let rules = ImageRules(
        maxBytes: PicPurifyLimits.imageBytes, maxPixels: PicPurifyLimits.longestSide * PicPurifyLimits.longestSide,
        maxSide: PicPurifyLimits.longestSide,
        formats: [.jpeg, .png, .bmp, .tiff, .raw, .pdf, .ico, .gif, .webp])
    /// Room for a picture in a `data:` URI. Base64 makes it a third longer.
    private static let fieldBytes = rules.maxBytes / 3 * 4 + 4096
    /// The most bytes before a `data:` URI's comma.
    private static let maxMediaTypeBytes = 1024

    var routes: [Route] {
        let common = [
            RouteParameter("API_KEY", required: true, "The API key."),
            RouteParameter("task", required: true, "Task names, separated by commas."),
            RouteParameter("reference_id", "Repeated in the answer."),
            RouteParameter("origin_id", "Repeated in the answer."),
        ]
        let image = Route(
            dialect: self, path: "/analyse/1.1", methods: [.post],
            limits: FormLimits(fileBytes: Self.rules.maxBytes, fieldBytes: Self.fieldBytes, fileFields: ["file_image"]),
            summary: "Judges an image.",
            parameters: common + [
                RouteParameter("file_image", .file, "The image, or"), RouteParameter("url_image", .url, "its address."),
            ], handle: analyse)
        let videos = ["/analyse_video.php", "/analyse_video/1.0", "/analyse_video/1.1"].map { path in
            Route(
                dialect: self, path: path, methods: [.post],
                limits: .video(bytes: context.options.maxVideoBytes, fields: ["file_video", "file_image"]),
                endsWithClient: true, summary: "Judges a video.",
                parameters: common + [
                    RouteParameter("file_video", .file, "The video, or"),
                    RouteParameter("url_video", .url, "its address."),
                    RouteParameter("frame_interval", .number, "Seconds between pictures. Default: 1."),
                ], handle: analyseVideo)
        }
        return [image] + videos
    }

    func check(_ call: Call) throws(Refusal) { try context.access.check(key: call.form["API_KEY"], dialect: name) }

    // MARK: Images

    private func analyse(_ call: Call) async throws -> Reply {
        let key = try context.access.admit(key: call.form["API_KEY"], dialect: name)
        let tasks = try context.tasks(call.form["task"], PicPurifyTask.list)
        let served = try context.served(tasks)
        let source = try MediaSource(file: call.form.file("file_image"), url: call.form["url_image"])
        let units = PicPurifyTask.units(served.map(\.name))
        let judged = try await key.charging(units) {
            let image = try await image(source)
            return try await context.images.judge(image, rules: Self.rules, for: served.categories)
        }
        guard let picture = judged.first else { throw Refusal.brokenImage }
        var media = media(call.form)
        (media.urlImage, media.fileImage) = (shown(source.url), source.file.map { $0.name ?? "file_image" } ?? "")
        let judgement = Judgement.combined(judged.map(\.judgement))
        var answer = PicPurifyImageAnswer(
            judgement, tasks: served, width: picture.width, height: picture.height, computeTime: call.elapsed,
            media: media)
        answer.taskCall = tasks.map(\.name).joined(separator: ",")
        if context.includesDecision(key) {
            let request = context.request(served, by: key)
            let verdict = Verdict(judgement, asked: request.asked, policy: request.policy)
            answer.decide(
                verdict.decision, confidence: verdict.confidence, rejected: verdict.rejected, tasks: request.tasks)
        }
        return Reply(body: try WireJSON.encode(answer))
    }

    private func image(_ source: MediaSource) async throws -> Upload {
        if let url = source.url, Self.begins(url, "data:image/") { return try await inline(url) }
        return try await context.image(source, Self.rules)
    }

    /// The picture in a `data:image/…;base64,` URI, which the vendor's client sends as `url_image`.
    private func inline(_ uri: String) async throws -> Upload {
        let head = uri.utf8.prefix(Self.maxMediaTypeBytes)
        guard let comma = head.firstIndex(of: UInt8(ascii: ",")), uri[..<comma].lowercased().hasSuffix(";base64") else {
            throw Refusal.badURL
        }
        let bytes = try await context.disk.run(over: uri.utf8.count) {
            Data(base64Encoded: Data(uri.utf8[comma...].dropFirst()), options: .ignoreUnknownCharacters).map {
                [UInt8]($0)
            }
        }
        guard let bytes, !bytes.isEmpty else { throw Refusal.badURL }
        return Upload(name: nil, size: bytes.count, storage: .memory(bytes))
    }

    /// Whether a text begins with a word in lower case, ignoring case. Avoids a copy of long texts.
    private static func begins(_ text: String, _ word: String) -> Bool {
        String(decoding: text.utf8.prefix(word.utf8.count), as: UTF8.self).lowercased() == word
    }

    private func media(_ form: Form) -> PicPurifyMedia {
        PicPurifyMedia(
            mediaID: Identifiers.hexadecimal(), referenceID: form["reference_id"], originID: form["origin_id"])
    }

    /// The URL in answers, without the data of an inline picture.
    private func shown(_ url: String?) -> String {
        guard let url else { return "" }
        return Self.begins(url, "data:") ? "data:" : url
    }

    // MARK: Videos

    private func analyseVideo(_ call: Call) async throws -> Reply {
        let key = try context.access.admit(key: call.form["API_KEY"], dialect: name)
        let tasks = try context.tasks(call.form["task"], PicPurifyTask.list)
        let served = try context.served(tasks)
        let interval = try call.form.seconds("frame_interval", in: 0.001...86_400, or: 1)
        // The documentation's sample sends the video as `file_image`.
        let source = try MediaSource(file: call.form.file("file_video", "file_image"), url: call.form["url_video"])
        let units = PicPurifyTask.units(served.map(\.name))
        var result = try await key.charging(perPicture: units) { pay in
            try await context.videos.judge(
                source, rules: VideoRules(maxBytes: context.options.maxVideoURLBytes),
                context.request(served, by: key, interval: interval), pay: pay)
        }
        result.media.id = Identifiers.hexadecimal()
        result.media.referenceID = call.form["reference_id"]
        result.media.originID = call.form["origin_id"]
        var answer = PicPurifyVideoAnswer(result)
        answer.media.urlVideo = source.url ?? ""
        answer.media.fileVideo = source.file.map { $0.name ?? "file_video" } ?? ""
        answer.taskCall = tasks.map(\.name).joined(separator: ",")
        if context.includesDecision(key) { answer.outcome = PolicyOutcome(result.finalDecision, result.segments) }
        return Reply(body: try WireJSON.encode(answer))
    }

    // MARK: Refusals

    func reply(to refusal: Refusal, call: Call?) throws -> Reply {
        let isVideo = call?.path.contains("video") ?? false
        let failure = PicPurifyFailure(Self.code(refusal, isVideo: isVideo), refusal.sentence)
        var reply = Reply(body: try WireJSON.encode(failure))
        reply.allowRetry(after: refusal)
        switch refusal {
        case .wrongMethod: reply.status = .methodNotAllowed
        case .unknownPath: reply.status = .notFound
        default: break
        }
        return reply
    }

    private static func code(_ refusal: Refusal, isVideo: Bool) -> PicPurifyFailure.Code {
        switch refusal {
        case .missingKey, .unknownKey: .key
        case .inactiveKey, .keyNotForDialect, .quotaSpent: .account
        case .noMedia: .nothingToJudge
        case .tooManyRequests: .rate
        case .overloaded, .tooSlow, .failure: .service
        case .badURL, .notFound, .unreachable, .refusedAddress, .tooLarge, .tooManyPixels, .tooSmall, .notAnImage,
            .unsupportedFormat, .brokenImage, .tooManyFrames, .notAVideo, .tooLong, .incompleteVideo:
            isVideo ? .video : .image
        default: .parameters
        }
    }
}
