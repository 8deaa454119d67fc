import Foundation
import HTTPTypes
import Hummingbird

/// Answers what no route answers, in the words of the API the path looks like.
struct UnknownPaths: RouterMiddleware {
    let routes: [Route]

    func handle(
        _ request: Request, context: CallContext, next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return try routes.reply(to: .unknownPath, status: .notFound, near: request.uri.path).response
        }
    }
}

extension [Route] {
    /// A route whose path begins as this one does; `nil`: it looks like none.
    func neighbour(of path: String) -> Route? {
        func beginning(_ path: String) -> Substring? { path.split(separator: "/", maxSplits: 1).first }
        return first { beginning($0.path) == beginning(path) }
    }

    /// A refusal of what has no route, or does not get to it.
    func reply(to refusal: Refusal, status: HTTPResponse.Status, near path: String) throws -> Reply {
        guard let neighbour = neighbour(of: path) else {
            let body = try JSONSerialization.data(withJSONObject: ["error": refusal.sentence])
            return Reply(status: status, body: body)
        }
        var reply = try neighbour.dialect.reply(to: refusal, call: nil)
        reply.status = status
        return reply
    }
}
