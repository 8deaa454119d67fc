import Foundation
import HTTPTypes
import Hummingbird

/// Answers requests that match no route, in the style of the API whose paths are most similar.
struct UnknownPaths: RouterMiddleware {
    /// The routes of all dialects.
    let routes: [Route]

    func handle(
        _ request: Request, context: CallContext, next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return try await routes.reply(to: .unknownPath, status: .notFound, near: request.uri.path).response
        }
    }
}

extension [Route] {
    /// The first route with the same first path component; `nil` if there is none.
    func closest(to path: String) -> Route? {
        func beginning(_ path: String) -> Substring? { path.split(separator: "/", maxSplits: 1).first }
        return first { beginning($0.path) == beginning(path) }
    }

    /// Refuses a request that matched no route or was stopped before its route.
    func reply(to refusal: Refusal, status: HTTPResponse.Status, near path: String) async throws -> Reply {
        guard let route = closest(to: path) else {
            let body = try JSONSerialization.data(withJSONObject: ["error": refusal.sentence])
            return Reply(status: status, body: body)
        }
        var reply = try await route.dialect.reply(to: refusal, call: nil)
        reply.status = status
        return reply
    }
}
