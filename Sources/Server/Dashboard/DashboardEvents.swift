import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Store

/// Server-sent events: parts of pages, rendered anew whenever something changed.
/// https://html.spec.whatwg.org/multipage/server-sent-events.html
extension Dashboard {
    /// Between two updates at least, so that many judged pictures are one update.
    private static let pace = Duration.milliseconds(250)
    /// Sent this often even if nothing changed, which finds out that nobody reads any more.
    private static let heartbeat = Duration.seconds(15)

    func addEvents(to router: Router<CallContext>) {
        router.get("/events") { request, _ in
            try self.events(request) { key in
                let runs = try await self.context.jobs.runs(key: key, limit: Self.mostRuns)
                return (self.pages.listPart(runs), false)
            }
        }
        router.get("/runs/{media}/events") { request, context in
            let media = context.parameters.get("media") ?? ""
            return try self.events(request) { key in
                let (run, result) = try await self.context.jobs.run(media, key: key)
                return (self.pages.runPart(run, result), run.job.status != .ongoing)
            }
        }
    }

    private func events(
        _ request: Request, _ render: @escaping @Sendable (String) async throws -> (html: String, isOver: Bool)
    ) throws -> Response {
        let key: String
        do {
            // Looking on counts as no request: a page and its events come together.
            key = try loggedIn(request.headers).key
        } catch let refusal as Refusal {
            return refusal == .loggedOut ? Response(status: .unauthorized) : Response(status: .forbidden)
        }
        guard let listening = changes.listen() else { return Response(status: .serviceUnavailable) }
        let body = ResponseBody { writer in
            try await Self.send(listening, to: &writer) {
                // Whoever logged out hears no more.
                guard let name = try? loggedIn(request.headers).key, name == key else { return ("", true) }
                return try await render(key)
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"], body: body)
    }

    private static func send(
        _ listening: AsyncStream<Void>, to writer: inout any ResponseBodyWriter,
        _ render: () async throws -> (html: String, isOver: Bool)
    ) async throws {
        let (ticks, tick) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let relay = Task {
            for await _ in listening {
                tick.yield()
                try await Task.sleep(for: pace)
            }
        }
        let beat = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: heartbeat)
                tick.yield()
            }
        }
        defer {
            relay.cancel()
            beat.cancel()
        }
        for await _ in ticks.cancelOnGracefulShutdown() {
            let part = try await render()
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
