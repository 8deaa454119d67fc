import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Store

/// Server-sent events: parts of pages, rendered again after each change.
/// https://html.spec.whatwg.org/multipage/server-sent-events.html
extension Dashboard {
    /// The shortest time between updates, so that many pictures cause few updates.
    private static let updateInterval = Duration.milliseconds(250)
    /// How often to update without a change, to detect closed connections.
    private static let heartbeatInterval = Duration.seconds(15)

    /// Adds the routes of events. They are not `Route`s, since their answers do not end.
    func addEvents(to router: Router<CallContext>) {
        router.get("/events") { request, _ in
            try await self.events(request, of: self.changes) { key in
                let runs = try await self.context.jobs.snapshots(key: key, limit: Self.maxRuns)
                return (self.pages.listPart(runs), false)
            }
        }
        router.get("/runs/{media}/events") { request, context in
            let media = context.parameters.get("media") ?? ""
            return try await self.events(request, of: self.changes) { key in
                let (run, result) = try await self.context.jobs.snapshot(media, key: key)
                return (self.pages.runPart(run, result), run.job.status != .ongoing)
            }
        }
    }

    /// - Parameters:
    ///   - changes: What triggers an update.
    ///   - interval: How often to look for changes that other processes made; `nil`: these are not looked for.
    ///   - render: Returns the part of the page for a key, and whether it was the last update.
    func events(
        _ request: Request, of changes: JobChanges, every interval: Duration? = nil,
        _ render: @escaping @Sendable (String) async throws -> (html: String, isOver: Bool)
    ) async throws -> Response {
        let key: String
        do {
            // The page itself was counted as a request.
            key = try await loggedIn(request.headers).key
        } catch let refusal as Refusal {
            return Response(status: refusal == .loggedOut ? .unauthorized : .forbidden)
        }
        guard let changes = changes.subscribe() else { return Response(status: .serviceUnavailable) }
        let body = ResponseBody { writer in
            try await Self.send(changes, every: interval, to: &writer) {
                // The user may have logged out.
                guard let name = try? await loggedIn(request.headers).key, name == key else { return ("", true) }
                return try await render(key)
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"], body: body)
    }

    /// - Parameter render: Returns the part of the page, and whether it was the last update. What has not changed is
    ///   only sent again to find out whether anybody listens.
    private static func send(
        _ changes: AsyncStream<Void>, every interval: Duration?, to writer: inout any ResponseBodyWriter,
        _ render: () async throws -> (html: String, isOver: Bool)
    ) async throws {
        let (ticks, tick) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let relay = Task {
            for await _ in changes {
                tick.yield()
                try await Task.sleep(for: updateInterval)
            }
        }
        let heartbeat = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: interval ?? heartbeatInterval)
                tick.yield()
            }
        }
        defer {
            relay.cancel()
            heartbeat.cancel()
        }
        var last = (html: "", sent: ContinuousClock.now - heartbeatInterval)
        for await _ in ticks.cancelOnGracefulShutdown() {
            let part = try await render()
            let now = ContinuousClock.now
            guard part.isOver || part.html != last.html || now - last.sent >= heartbeatInterval else { continue }
            last = (part.html, now)
            try await writer.write(ByteBuffer(string: event("update", part.html)))
            if part.isOver {
                try await writer.write(ByteBuffer(string: event("over", "")))
                break
            }
        }
    }

    private static func event(_ name: String, _ data: String) -> String {
        let lines = data.split(separator: "\n", omittingEmptySubsequences: false).map { "data: \($0)\n" }.joined()
        return "event: \(name)\n\(lines)\n"
    }
}
