import Base
import Forms
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// What a request context has to know here: who calls.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Numeric address of the other end; empty when it has none.
    let address: String

    init(source: Source) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? ""
    }
}

/// Takes a request through its route: reads it, lets the dialect answer, and puts whatever goes wrong into the dialect's
/// words. Counts and logs it; a log line has no query, no field and no key.
struct RequestRunner: Sendable {
    let reader: FormReader
    let metrics: Metrics

    func run(_ route: Route, _ request: Request, _ context: CallContext) async throws -> Response {
        let began = ContinuousClock.now
        metrics.begin()
        var call = Call(request, context, received: began)
        var result = "ok"
        let reply: Reply
        do {
            let handle = try open(route, request, &call)
            if route.endsWithClient {
                reply = try await request.body.consumeWithCancellationOnInboundClose { body in
                    try await read(body, request.headers, route.limits, into: &call.form)
                    return try await handle(call)
                }
            } else {
                try await read(request.body, request.headers, route.limits, into: &call.form)
                reply = try await handle(call)
            }
        } catch let refusal as Refusal {
            result = refusal.label
            reply = try route.dialect.reply(to: refusal, call: call)
        } catch is CancellationError {
            // Nobody reads the answer.
            result = "aborted"
            reply = try route.dialect.reply(to: .overloaded, call: call)
        } catch let error as HTTPParserError {
            // Hummingbird's to answer: the connection cannot go on.
            metrics.end(dialect: route.dialect.name.rawValue, result: "malformed", took: 0)
            throw error
        } catch {
            result = Refusal.failure.label
            context.logger.error("request failed", metadata: ["error": "\(error)"])
            reply = try route.dialect.reply(to: .failure, call: call)
        }
        let took = (ContinuousClock.now - began).inSeconds
        metrics.end(dialect: route.dialect.name.rawValue, result: result, took: took)
        context.logger.info(
            "request",
            metadata: [
                "dialect": "\(route.dialect.name.rawValue)", "path": "\(route.path)",
                "method": "\(request.method.rawValue)", "status": "\(reply.status.code)", "result": "\(result)",
                "ms": "\(Int(took * 1000))",
            ])
        return reply.response
    }

    /// All that needs no body. Throws `Refusal`.
    private func open(_ route: Route, _ request: Request, _ call: inout Call) throws -> Route.Handler {
        call.form = try Form(query: request.uri.query ?? "")
        let method = request.method == .head ? .get : request.method
        guard route.methods.contains(method) else { throw Refusal.wrongMethod }
        try route.dialect.check(call)
        let handle = try route.open(call)
        try route.limits.check(request.headers)
        return handle
    }

    /// A body that breaks off is the client's doing, not ours.
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
