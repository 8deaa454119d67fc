import Base
import Foundation
import HTTPTypes
import Moderation
import Store
import Wire

/// Sightengine's API for videos submitted for later: jobs with callbacks, asked by id, listed and stopped; and its upload
/// API for large files.
extension SightengineDialect {
    /// `max_duration` unless given, and at most. s.
    private static let (usualDuration, longestDuration) = (1800.0, 3600.0)
    /// Callback thresholds of the API, and what they are about.
    private static let thresholdFields: [(field: String, category: Moderation.Category)] = [
        ("callthreshold_nudity_raw", .nudityExplicit), ("callthreshold_nudity_partial", .nuditySuggestive),
        ("callthreshold_weapon", .weapon), ("callthreshold_alcohol", .alcohol), ("callthreshold_drugs", .drugs),
    ]

    var jobRoutes: [Route] {
        let videos = FormLimits(
            fileBytes: context.maxVideoBytes, keepsSmallFilesInMemory: false, fileFields: ["media"])
        let noFiles = FormLimits(fileBytes: 0, fileFields: [])
        let id = RouteParameter("id", required: true, "The media id that submitting it gave.")
        return [
            Route(
                dialect: self, path: "/1.0/video/check.json", methods: [.get, .post], limits: videos,
                summary: "Submits a video or a live stream; the results go to a callback.",
                parameters: Self.credentials + [
                    RouteParameter("models", required: true, "Model names, separated by commas."),
                    RouteParameter("stream_url", .url, "Where the video or stream is, or"),
                    RouteParameter("media", .file, "the video, or"),
                    RouteParameter("media_id", "the id of a file that was sent ahead."),
                    RouteParameter("callback_url", .url, "Where results are posted to."),
                    RouteParameter("interval", .number, "Seconds between pictures; 1 unless given."),
                    RouteParameter("max_duration", .number, "Seconds at most; 1800 unless given, at most 3600."),
                ]
                    + Self.thresholdFields.map {
                        RouteParameter($0.field, .number, "Probability that makes a callback.")
                    },
                handle: submit),
            Route(
                dialect: self, path: "/1.0/video/byid.json", methods: [.get, .delete], limits: noFiles,
                summary: "How far a submitted video is; DELETE stops it.", parameters: Self.credentials + [id],
                handle: { $0.method == .delete ? try await stop($0) : try await look($0) }),
            Route(
                dialect: self, path: "/1.0/video/ongoing.json", methods: [.get], limits: noFiles,
                summary: "Submitted videos that are being judged.", parameters: Self.credentials, handle: list),
            Route(
                dialect: self, path: "/1.0/upload/create-video.json", methods: [.get, .post], limits: noFiles,
                summary: "Gives an address to PUT a large file to, for an hour, and its media id.",
                parameters: Self.credentials, handle: makePlace),
            Route(
                dialect: self, path: "/1.0/upload/{media}", methods: [.put],
                limits: FormLimits(
                    fileBytes: context.maxLargeVideoBytes, keepsSmallFilesInMemory: false, fileFields: [],
                    takesRawBody: true),
                summary: "Takes the file.",
                parameters: [
                    RouteParameter("media", .pathPart, required: true, "The media id."),
                    RouteParameter("token", required: true, "As in the address that was given."),
                ], open: open),
        ]
    }

    // MARK: Jobs

    private func submit(_ call: Call) async throws -> Reply {
        let pass = try admit(call)
        let served = try context.served(try tasks(call.form["models"]))
        let form = call.form
        let callback = form["callback_url"]
        if let callback, !WebAddress.isValid(callback) { throw Refusal.badCallback }
        let thresholds = try thresholds(form)
        let interval = try form.number("interval", in: 0.001...3600) ?? 1
        let duration = try form.number("max_duration", in: 0.001...Self.longestDuration) ?? Self.usualDuration
        try await pass.requireSome()
        let answered = request(operations: 0)
        let media = media(uri: form["stream_url"] ?? form["url"] ?? form.file("media")?.name ?? form["media_id"])
        let order = JobOrder(
            media: media.id, request: answered.id, uri: media.uri ?? "media",
            source: try await source(form, media.id, key: pass.name), models: served.map(\.name), interval: interval,
            maxDuration: duration, callback: callback, thresholds: thresholds.byCategory, quota: pass.quota,
            policy: context.orderedPolicy(pass, interval: interval))
        try await context.submit(order, key: pass.name)
        var answer = SightengineSubmission(request: answered, media: media, callback: callback)
        (answer.nudityRaw, answer.nudityPartial) = (thresholds.values[0], thresholds.values[1])
        (answer.weapon, answer.alcohol) = (thresholds.values[2], thresholds.values[3])
        answer.drugs = thresholds.values[4]
        return try encoded(answer, nil)
    }

    private func source(_ form: Form, _ media: String, key: String) async throws -> JobOrder.Source {
        let (file, url) = (form.file("media"), form["stream_url"] ?? form["url"])
        if let sent = form["media_id"] {
            if file != nil || url != nil { throw Refusal.twoMedia }
            return .file(try context.uploads.take(sent, key: key))
        }
        return try await context.keep(MediaSource(file: file, url: url), for: media)
    }

    private func thresholds(_ form: Form) throws -> (values: [Double], byCategory: [String: Double]) {
        let values = try Self.thresholdFields.map { try form.number($0.field, in: 0...1) ?? 0.5 }
        let named = zip(Self.thresholdFields, values).map { ($0.category.rawValue, $1) }
        return (values, Dictionary(uniqueKeysWithValues: named))
    }

    private func id(_ call: Call) throws -> String {
        guard let id = call.form["id"] else { throw Refusal.unknownMedia }
        return id
    }

    private func look(_ call: Call) async throws -> Reply {
        let pass = try admit(call)
        let progress = try await context.jobs.progress(try id(call), key: pass.name)
        return try encoded(SightengineLookup(request: request(operations: 0), output: progress), nil)
    }

    private func stop(_ call: Call) async throws -> Reply {
        let pass = try admit(call)
        try await context.jobs.stop(try id(call), key: pass.name)
        return try encoded(SightengineLookup(request: request(operations: 0), output: nil), nil)
    }

    private func list(_ call: Call) async throws -> Reply {
        let pass = try admit(call)
        let jobs = try await context.jobs.ongoing(key: pass.name)
        return try encoded(SightengineOngoing(request: request(operations: 0), jobs: jobs), nil)
    }

    // MARK: Files sent ahead

    private func makePlace(_ call: Call) async throws -> Reply {
        let pass = try admit(call)
        let place = try await context.uploads.make(key: pass.name)
        // As the client reached us; behind a proxy, as that says it did.
        let forwarded = HTTPField.Name("X-Forwarded-Proto").flatMap { call.headers[$0] }
        let scheme = forwarded == "https" ? "https" : "http"
        let url = "\(scheme)://\(call.authority)/1.0/upload/\(place.media)?token=\(place.token)"
        let answer = SightengineUploadPlace(
            request: request(operations: 0), media: SightengineMedia(id: place.media, uri: nil), url: url,
            expires: Int(place.expires))
        return try encoded(answer, nil)
    }

    /// Claims the place before the file comes, which may be large.
    private func open(_ call: Call) throws -> Route.Handler {
        guard let media = call.parameters["media"], let token = call.form["token"] else { throw Refusal.unknownMedia }
        let claim = try context.uploads.claim(media, token: token)
        return { call in
            guard let file = call.form.anyFile, file.size > 0 else { throw Refusal.noMedia }
            try await claim.fill(with: file)
            return Reply(body: Data("{}".utf8))
        }
    }
}
