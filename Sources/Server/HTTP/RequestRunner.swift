import Base
import Forms
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Hummingbird's context of a request, with the client's address.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's numeric address; empty if unknown.
    let address: String

    init(source: Source) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? ""
    }
}

/// Runs a request through its route: reads the body, calls the handler, and reports errors as the dialect does. Counts
/// and logs each request. Log lines contain no query, field or key.
struct RequestRunner: Sendable {
    let reader: FormReader
    let metrics: Metrics

    /// Answers a request.
    /// - Throws: Only `HTTPParserError`, which Hummingbird answers, and encoding errors.
    func run(_ route: Route, _ request: Request, _ context: CallContext) async throws -> Response {
        let dialect = route.dialect.name.rawValue
        var call = Call(request, context, received: .now)
        metrics.begin()
        do {
            let (reply, result) = try await answer(&call, route, request, context.logger)
            let seconds = call.elapsed
            metrics.end(dialect: dialect, result: result, seconds: seconds)
            context.logger.info(
                "request",
                metadata: [
                    "dialect": "\(dialect)", "path": "\(route.path)", "method": "\(request.method.rawValue)",
                    "status": "\(reply.status.code)", "result": "\(result)", "ms": "\(Int(seconds * 1000))",
                ])
            return reply.response
        } catch {
            metrics.end(dialect: dialect, result: "malformed", seconds: 0)
            throw error
        }
    }

    /// - Returns: The answer, and the result for metrics and logs.
    private func answer(
        _ call: inout Call, _ route: Route, _ request: Request, _ logger: Logger
    ) async throws -> (Reply, result: String) {
        do {
            let handle = try await open(route, request, &call)
            guard route.endsWithClient else {
                try await read(request.body, request.headers, route.limits, into: &call.form)
                return (try await handle(call), "ok")
            }
            let reply = try await request.body.consumeWithCancellationOnInboundClose { body in
                try await read(body, request.headers, route.limits, into: &call.form)
                return try await handle(call)
            }
            return (reply, "ok")
        } catch let refusal as Refusal {
            return (try await route.dialect.reply(to: refusal, call: call), refusal.label)
        } catch is CancellationError {
            // The client has gone, so that nothing is sent.
            return (try await route.dialect.reply(to: .overloaded, call: call), "aborted")
        } catch let error as HTTPParserError {
            // Hummingbird answers and closes the connection.
            throw error
        } catch {
            logger.error("request failed", metadata: ["error": "\(error)"])
            return (try await route.dialect.reply(to: .failure, call: call), Refusal.failure.label)
        }
    }

    /// Checks everything that does not need the body.
    /// - Throws: `Refusal`.
    private func open(_ route: Route, _ request: Request, _ call: inout Call) async throws -> Route.Handler {
        call.form = try Form(query: request.uri.query ?? "")
        let method = request.method == .head ? .get : request.method
        guard route.methods.contains(method) else { throw Refusal.wrongMethod }
        try route.dialect.check(call)
        let handle = try await route.open(call)
        try route.limits.check(request.headers)
        return handle
    }

    /// Reads the body. One that ends early is the client's error, not the server's.
    private func read(
        _ body: RequestBody, _ headers: HTTPFields, _ limits: FormLimits, into form: inout Form
    ) async throws {
        do {
            try await reader.read(body, headers, limits: limits, into: &form)
        } catch let error where !(error is Refusal || error is HTTPParserError || error is POSIXError) {
            throw Refusal.malformedBody(.unexpectedEnd)
        }
    }
}
