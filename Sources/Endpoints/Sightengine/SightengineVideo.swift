import Foundation
import HTTPTransport
import Moderation
import Wire

/// Sightengine's video endpoints: synchronous for videos under a minute, jobs for longer ones and for addresses.
extension SightengineEndpoint: VideoEndpoint {
    /// Larger files use its upload API, which documents no limit. Jobs end after `max_duration`, half an hour by
    /// default.
    var maxUpload: Int { .max }

    static let pollInterval = Duration.seconds(3)

    func operations(for categories: Set<ContentCategory>) -> Int { Self.profile.cost(categories) }

    func judge(_ request: VideoRequest, through caller: Caller) async throws -> JudgedVideo {
        if isLarge(request.video) { return try await judgeLater(request, through: caller) }
        guard let duration = request.duration else {
            // The length is unknown. The service refuses videos that are too long, without billing them.
            do {
                return try await judgeNow(request, through: caller)
            } catch CallProblem.refused {
                return try await judgeLater(request, through: caller)
            }
        }
        return duration < SightengineLimits.maxSyncDuration
            ? try await judgeNow(request, through: caller) : try await judgeLater(request, through: caller)
    }

    private func judgeNow(_ request: VideoRequest, through caller: Caller) async throws -> JudgedVideo {
        var call = HTTPClientRequest(url: account.address + "/1.0/video/check-sync.json")
        call.progress = request.progress
        call.parts = fields(request) + [media(request.video)]
        let answer = try await caller.ask(call) { try Self.read($0, SightengineVideoAnswer.self) }
        return (answer.data.frames.map(Self.frame), answer.request.operations)
    }

    func fields(_ request: VideoRequest) -> [HTTPClientRequest.Part] {
        credentials + [
            .field("models", Self.models(request.categories).joined(separator: ",")),
            .field("interval", "\(request.interval)"),
        ]
    }

    private func media(_ video: VideoReference) -> HTTPClientRequest.Part {
        switch video {
        case .file(let path): .file("media", path: path)
        case .address(let address): .field("stream_url", address)
        }
    }

    private func isLarge(_ video: VideoReference) -> Bool {
        guard case .file(let path) = video else { return false }
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        return (size ?? 0) > SightengineLimits.postedVideoBytes
    }

    static func frame(_ frame: SightengineFrame) -> NativeFrame {
        let judgement = frame.results.judgement
        return NativeFrame(
            position: frame.info.position, judgement: judgement.probabilities.isEmpty ? nil : judgement)
    }

    // MARK: Jobs

    private func judgeLater(_ request: VideoRequest, through caller: Caller) async throws -> JudgedVideo {
        var call = HTTPClientRequest(url: account.address + "/1.0/video/check.json")
        call.progress = request.progress
        call.parts = fields(request)
        if case .file(let path) = request.video, isLarge(request.video) {
            call.parts.append(.field("media_id", try await upload(path, request, through: caller)))
        } else {
            call.parts.append(media(request.video))
        }
        let callback = request.callbacks?.open()
        if let callback { call.parts.append(.field("callback_url", callback.address)) }
        defer { if let callback { request.callbacks?.close(callback.address) } }
        let submission = try await caller.ask(call) { try Self.read($0, SightengineSubmission.self) }
        let last: SightengineProgress.Data
        if let callback {
            last = try await receive(submission.media.id, from: callback.bodies)
        } else {
            last = try await poll(submission.media.id, through: caller)
        }
        guard last.status == "finished" else {
            throw CallProblem.refused("its job ended as “\(last.status)” after \(last.frames.count) pictures")
        }
        return (last.frames.map(Self.frame), last.operations)
    }

    /// Uploads a large file to the address that the service assigns.
    /// - Returns: The id of the medium.
    private func upload(_ path: String, _ request: VideoRequest, through caller: Caller) async throws -> String {
        let place = try await caller.ask(query("/1.0/upload/create-video.json", [])) {
            try Self.read($0, SightengineUploadPlace.self)
        }
        var call = HTTPClientRequest(url: place.upload.url)
        call.method = "PUT"
        call.bodyPath = path
        call.progress = request.progress
        try await caller.ask(call) { answer in
            guard (200...299).contains(answer.status) else { throw CallProblem.unreadable }
        }
        return place.media.id
    }

    /// Waits for the final callback about a medium. Only the service knows the id, so other bodies are ignored.
    private func receive(_ media: String, from bodies: AsyncStream<Data>) async throws -> SightengineProgress.Data {
        for await body in bodies {
            guard let progress = try? WireJSON.decode(SightengineProgress.self, from: body), progress.media.id == media,
                progress.data.status != "ongoing"
            else { continue }
            return progress.data
        }
        throw CancellationError()
    }

    private func poll(_ media: String, through caller: Caller) async throws -> SightengineProgress.Data {
        while true {
            let answer = try await progress(of: media, through: caller)
            if answer.status != "ongoing" { return answer }
            try await caller.pause(Self.pollInterval)
        }
    }

    func progress(of media: String, through caller: Caller) async throws -> SightengineProgress.Data {
        try await caller.ask(query("/1.0/video/byid.json", [("id", media)])) {
            try Self.read($0, SightengineLookup.self)
        }.output?.data ?? SightengineProgress.Data(status: "failure", frames: [])
    }

    /// Builds a request with all fields in the URL, as documented.
    func query(_ path: String, _ fields: [(String, String)]) -> HTTPClientRequest {
        var parts = URLComponents()
        let all = fields + [("api_user", account.credentials[0]), ("api_secret", account.credentials[1])]
        parts.queryItems = all.map { URLQueryItem(name: $0.0, value: $0.1) }
        var call = HTTPClientRequest(url: account.address + path + (parts.string ?? ""))
        call.method = "GET"
        return call
    }
}
