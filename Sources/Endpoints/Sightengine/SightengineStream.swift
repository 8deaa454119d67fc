import Foundation
import HTTPTransport
import Moderation
import Wire

/// Live streams that Sightengine reads itself: a job whose callbacks, or responses to polling, report more frames each
/// time.
extension SightengineEndpoint: StreamEndpoint {
    func follow(
        _ request: VideoRequest, through caller: Caller, frames: @Sendable ([NativeFrame]) async -> Void
    ) async throws {
        guard case .address(let address) = request.video else { return }
        var call = HTTPClientRequest(url: account.address + "/1.0/video/check.json")
        call.parts = fields(request) + [.field("stream_url", address)]
        let callback = request.callbacks?.open()
        if let callback { call.parts.append(.field("callback_url", callback.address)) }
        defer { if let callback { request.callbacks?.close(callback.address) } }
        let media = try await submit(call, through: caller)
        do {
            var told = -1
            var bodies = callback?.bodies.makeAsyncIterator()
            while true {
                try Task.checkCancellation()
                let data = try await next(media, &bodies, through: caller)
                // Frames are cumulative.
                let new = data.frames.filter { $0.info.position > told }
                told = new.last?.info.position ?? told
                if !new.isEmpty { await frames(new.map(Self.frame)) }
                switch data.status {
                case "ongoing": break
                case "finished", "stopped": return
                default: throw CallProblem.refused("its job ended as “\(data.status)”")
                }
            }
        } catch {
            // The job would go on and be billed. Stop it in another task, because this one may be cancelled.
            await Task { await stop(media, through: caller) }.value
            throw error
        }
    }

    /// Submits a job. If the task is cancelled, still waits a while for the response, because the job can only be
    /// stopped by its id.
    /// - Returns: The job's id.
    private func submit(_ call: HTTPClientRequest, through caller: Caller) async throws -> String {
        let submission = Task {
            try await caller.ask(call) { try Self.read($0, SightengineSubmission.self) }.media.id
        }
        return try await withTaskCancellationHandler {
            try await submission.value
        } onCancel: {
            Task {
                try? await caller.pause(Self.grace)
                submission.cancel()
            }
        }
    }

    private static var grace: Duration { .seconds(5) }

    /// The next state of the job: the next callback, or the response to polling if there are no callbacks.
    private func next(
        _ media: String, _ bodies: inout AsyncStream<Data>.AsyncIterator?, through caller: Caller
    ) async throws -> SightengineProgress.Data {
        guard bodies != nil else {
            try await caller.pause(Self.pollInterval)
            return try await progress(of: media, through: caller)
        }
        while let body = await bodies?.next(isolation: #isolation) {
            guard let progress = try? WireJSON.decode(SightengineProgress.self, from: body), progress.media.id == media
            else { continue }
            return progress.data
        }
        throw CancellationError()
    }

    private func stop(_ media: String, through caller: Caller) async {
        var call = HTTPClientRequest(url: account.address + "/1.0/video/byid.json")
        call.method = "DELETE"
        call.form = [("id", media), ("api_user", account.credentials[0]), ("api_secret", account.credentials[1])]
        try? await caller.ask(call) { answer in
            guard (200...299).contains(answer.status) else { throw CallProblem.refused("HTTP \(answer.status)") }
        }
    }
}
