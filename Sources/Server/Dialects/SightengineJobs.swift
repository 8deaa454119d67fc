import Base
import Foundation
import HTTPTypes
import Moderation
import Store
import Wire

/// Sightengine's API for jobs with callbacks, and its upload API for large files.
extension SightengineDialect {
    /// The default and the highest `max_duration`, in seconds.
    private static let (defaultDuration, maxDuration) = (1800.0, 3600.0)
    /// The parameters for callback thresholds.
    private static let thresholdFields: [(field: String, category: ContentCategory)] = [
        ("callthreshold_nudity_raw", .nudityExplicit), ("callthreshold_nudity_partial", .nuditySuggestive),
        ("callthreshold_weapon", .weapon), ("callthreshold_alcohol", .alcohol), ("callthreshold_drugs", .drugs),
    ]

    /// The routes of jobs and uploads.
    var jobRoutes: [Route] {
        let id = RouteParameter("id", required: true, "The media id from the submission.")
        return [
            Route(
                dialect: self, path: "/1.0/video/check.json",
                limits: .video(bytes: context.options.maxVideoBytes, fields: ["media"]),
                summary: "Submits a video or a live stream; the results go to a callback.",
                parameters: Self.credentials + [
                    RouteParameter("models", required: true, "Model names, separated by commas."),
                    RouteParameter("stream_url", .url, "The address of the video or stream, or"),
                    RouteParameter("media", .file, "the video, or"),
                    RouteParameter("media_id", "the media id of an uploaded file."),
                    RouteParameter("callback_url", .url, "The address that results are posted to."),
                    RouteParameter("interval", .number, "Seconds between pictures. Default: 1."),
                    RouteParameter("max_duration", .number, "Seconds to judge at most. Default: 1800; at most 3600."),
                ]
                    + Self.thresholdFields.map {
                        RouteParameter($0.field, .number, "The probability from which on a callback is sent.")
                    },
                handle: submit),
            Route(
                dialect: self, path: "/1.0/video/byid.json", methods: [.get, .delete],
                summary: "Reports the progress of a submitted video. DELETE stops it.",
                parameters: Self.credentials + [id],
                handle: { $0.method == .delete ? try await stop($0) : try await lookUp($0) }),
            Route(
                dialect: self, path: "/1.0/video/ongoing.json", methods: [.get],
                summary: "Lists the submitted videos that are being judged.", parameters: Self.credentials, handle: list
            ),
            Route(
                dialect: self, path: "/1.0/upload/create-video.json",
                summary: "Returns an address to PUT a large file to, valid for an hour, and its media id.",
                parameters: Self.credentials, handle: createUpload),
            Route(
                dialect: self, path: "/1.0/upload/{media}", methods: [.put],
                limits: FormLimits(
                    fileBytes: context.options.maxLargeVideoBytes, keepsSmallFilesInMemory: false, takesRawBody: true),
                summary: "Uploads the file.",
                parameters: [
                    RouteParameter("media", .pathPart, required: true, "The media id."),
                    RouteParameter("token", required: true, "The token in the address."),
                ], open: open),
        ]
    }

    // MARK: Jobs

    private func submit(_ call: Call) async throws -> Reply {
        let key = try admit(call)
        let served = try context.served(try context.tasks(call.form["models"], SightengineModel.list))
        let form = call.form
        let callback = form["callback_url"]
        if let callback, !WebAddress.isValid(callback) { throw Refusal.badCallback }
        let thresholds = try thresholds(form)
        let interval = try form.seconds("interval", in: 0.001...3600, or: 1)
        let duration = try form.seconds("max_duration", in: 0.001...Self.maxDuration, or: Self.defaultDuration)
        try await key.requireQuota()
        let answered = request(operations: 0)
        let media = media(uri: form["stream_url"] ?? form["url"] ?? form.file("media")?.name ?? form["media_id"])
        let order = JobOrder(
            media: media.id, request: answered.id, uri: media.uri ?? "media",
            source: try await source(form, media.id, key: key.name), models: served.map(\.name), interval: interval,
            maxDuration: duration, callback: callback, thresholds: thresholds.byCategory, quota: key.quota,
            policy: context.jobPolicy(key, interval: interval))
        try await context.submit(order, key: key.name)
        var answer = SightengineSubmission(request: answered, media: media, callback: callback)
        (answer.nudityRaw, answer.nudityPartial) = (thresholds.values[0], thresholds.values[1])
        (answer.weapon, answer.alcohol) = (thresholds.values[2], thresholds.values[3])
        answer.drugs = thresholds.values[4]
        return try encoded(answer)
    }

    private func source(_ form: Form, _ media: String, key: String) async throws -> JobOrder.Source {
        let (file, url) = (form.file("media"), form["stream_url"] ?? form["url"])
        if let sent = form["media_id"] {
            if file != nil || url != nil { throw Refusal.twoMedia }
            return .file(try context.uploads.take(sent, key: key))
        }
        return try await context.jobSource(MediaSource(file: file, url: url), for: media)
    }

    private func thresholds(_ form: Form) throws -> (values: [Double], byCategory: [String: Double]) {
        let values = try Self.thresholdFields.map { try form.number($0.field, in: 0...1) ?? 0.5 }
        let named = zip(Self.thresholdFields, values).map { ($0.category.rawValue, $1) }
        return (values, Dictionary(uniqueKeysWithValues: named))
    }

    private func id(_ call: Call) throws(Refusal) -> String {
        guard let id = call.form["id"] else { throw .unknownMedia }
        return id
    }

    private func lookUp(_ call: Call) async throws -> Reply {
        let key = try admit(call)
        let progress = try await context.jobs.progress(try id(call), key: key.name)
        return try encoded(SightengineLookup(request: request(operations: 0), output: progress))
    }

    private func stop(_ call: Call) async throws -> Reply {
        let key = try admit(call)
        try await context.jobs.stop(try id(call), key: key.name)
        return try encoded(SightengineLookup(request: request(operations: 0), output: nil))
    }

    private func list(_ call: Call) async throws -> Reply {
        let key = try admit(call)
        let jobs = try await context.jobs.ongoing(key: key.name)
        return try encoded(SightengineOngoing(request: request(operations: 0), jobs: jobs))
    }

    // MARK: Uploads

    private func createUpload(_ call: Call) async throws -> Reply {
        let key = try admit(call)
        let slot = try await context.uploads.make(key: key.name)
        let url = "\(call.isSecure ? "https" : "http")://\(call.authority)/1.0/upload/\(slot.media)?token=\(slot.token)"
        let answer = SightengineUploadPlace(
            request: request(operations: 0), media: SightengineMedia(id: slot.media, uri: nil), url: url,
            expires: Int(slot.expires))
        return try encoded(answer)
    }

    /// Claims the slot before the file is read, which may be large.
    private func open(_ call: Call) throws(Refusal) -> Route.Handler {
        guard let media = call.parameters["media"], let token = call.form["token"] else { throw .unknownMedia }
        let claim = try context.uploads.claim(media, token: token)
        return { call in
            guard let file = call.form.anyFile, file.size > 0 else { throw Refusal.noMedia }
            try await claim.fill(with: file)
            return Reply(body: Data("{}".utf8))
        }
    }
}
