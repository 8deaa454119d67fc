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
        maxSide: PicPurifyLimits.longestSide)
    /// A `data:` URI holds the picture itself, a third longer.
    private static let fieldBytes = rules.maxBytes / 3 * 4 + 4096
    /// What stands before a `data:` URI's comma. Bytes.
    private static let longestMediaType = 1024

    var routes: [Route] {
        let common = [
            RouteParameter("API_KEY", required: true, "The key."),
            RouteParameter("task", required: true, "Task names, separated by commas."),
            RouteParameter("reference_id", "Repeated in the answer."),
            RouteParameter("origin_id", "Repeated in the answer."),
        ]
        let image = Route(
            dialect: self, path: "/analyse/1.1", methods: [.post],
            limits: FormLimits(fileBytes: Self.rules.maxBytes, fieldBytes: Self.fieldBytes, fileFields: ["file_image"]),
            summary: "Judges an image.",
            parameters: common + [
                RouteParameter("file_image", .file, "The image, or"), RouteParameter("url_image", .url, "where it is."),
            ], handle: analyse)
        let videos = ["/analyse_video.php", "/analyse_video/1.0", "/analyse_video/1.1"].map { path in
            Route(
                dialect: self, path: path, methods: [.post],
                limits: FormLimits(
                    fileBytes: context.maxVideoBytes, keepsSmallFilesInMemory: false,
                    fileFields: ["file_video", "file_image"]),
                endsWithClient: true, summary: "Judges a video.",
                parameters: common + [
                    RouteParameter("file_video", .file, "The video, or"),
                    RouteParameter("url_video", .url, "where it is."),
                    RouteParameter("frame_interval", .number, "Seconds between pictures; 1 unless given."),
                ], handle: analyseVideo)
        }
        return [image] + videos
    }

    func check(_ call: Call) throws {
        if let key = call.form["API_KEY"] { try context.access.check(key: key, dialect: name) }
    }

    // MARK: Images

    private func analyse(_ call: Call) async throws -> Reply {
        let pass = try context.access.admit(key: call.form["API_KEY"], dialect: name)
        let tasks = try tasks(call.form)
        let served = try context.served(tasks)
        let source = try MediaSource(file: call.form.file("file_image"), url: call.form["url_image"])
        let units = PicPurifyTask.units(served.map(\.name))
        let judged = try await pass.paying(units) {
            let image = try await image(source)
            return try await context.images.judge(image, rules: Self.rules, for: served.categories)
        }
        guard let picture = judged.first else { throw Refusal.brokenImage }
        var media = media(call.form)
        (media.urlImage, media.fileImage) = (shown(source.url), source.file.map { $0.name ?? "file_image" } ?? "")
        var answer = PicPurifyImageAnswer(
            picture.judgement, tasks: served, width: picture.width, height: picture.height, computeTime: call.elapsed,
            media: media)
        answer.taskCall = tasks.map(\.name).joined(separator: ",")
        if context.tellsDecision(pass) {
            let request = context.request(served, by: pass)
            let verdict = Verdict(picture.judgement, asked: request.asked, policy: request.policy)
            answer.decide(
                verdict.decision, confidence: verdict.confidence, rejected: verdict.rejected, tasks: request.tasks)
        }
        return Reply(body: try WireJSON.encode(answer))
    }

    private func tasks(_ form: Form) throws -> [ModerationTask] {
        do {
            return try PicPurifyTask.list(form["task"] ?? "")
        } catch {
            throw Refusal(error)
        }
    }

    private func image(_ source: MediaSource) async throws -> Upload {
        if let url = source.url, Self.begins(url, "data:image/") { return try await inline(url) }
        return try await context.image(source, Self.rules)
    }

    /// The picture in a `data:image/…;base64,` URI, which the vendor's own client sends as `url_image`.
    private func inline(_ uri: String) async throws -> Upload {
        let head = uri.utf8.prefix(Self.longestMediaType)
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

    /// Whether text that may be long begins with a word, which is in lower case.
    private static func begins(_ text: String, _ word: String) -> Bool {
        String(decoding: text.utf8.prefix(word.utf8.count), as: UTF8.self).lowercased() == word
    }

    private func media(_ form: Form) -> PicPurifyMedia {
        PicPurifyMedia(
            mediaID: context.identifiers.hexadecimal(), referenceID: form["reference_id"], originID: form["origin_id"])
    }

    /// An inline picture is not sent back.
    private func shown(_ url: String?) -> String {
        guard let url else { return "" }
        return Self.begins(url, "data:") ? "data:" : url
    }

    // MARK: Videos

    private func analyseVideo(_ call: Call) async throws -> Reply {
        let pass = try context.access.admit(key: call.form["API_KEY"], dialect: name)
        let tasks = try tasks(call.form)
        let served = try context.served(tasks)
        let interval = try interval(call.form)
        // Its documentation's own sample sends the video as `file_image`.
        let source = try MediaSource(file: call.form.file("file_video", "file_image"), url: call.form["url_video"])
        let units = PicPurifyTask.units(served.map(\.name))
        var result = try await pass.paying(eachPicture: units) { pay in
            try await context.videos.judge(
                source, rules: VideoRules(maxBytes: context.maxVideoURLBytes),
                context.request(served, by: pass, interval: interval), pay: pay)
        }
        result.media.id = context.identifiers.hexadecimal()
        result.media.referenceID = call.form["reference_id"]
        result.media.originID = call.form["origin_id"]
        var answer = PicPurifyVideoAnswer(result)
        answer.media.urlVideo = source.url ?? ""
        answer.media.fileVideo = source.file.map { $0.name ?? "file_video" } ?? ""
        answer.taskCall = tasks.map(\.name).joined(separator: ",")
        if context.tellsDecision(pass) { answer.outcome = PolicyOutcome(result.finalDecision, result.segments) }
        return Reply(body: try WireJSON.encode(answer))
    }

    private func interval(_ form: Form) throws -> Double {
        guard let text = form["frame_interval"] else { return 1 }
        guard let interval = Double(text), interval >= 0.001, interval <= 86_400 else {
            throw Refusal.badParameter("frame_interval", "a number of seconds from 0.001 to 86400")
        }
        return interval
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
