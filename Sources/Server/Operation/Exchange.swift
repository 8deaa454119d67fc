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
struct Exchange: Sendable {
    let reader: FormReader
    let metrics: Metrics

    func run(_ route: Route, _ request: Request, _ context: CallContext) async throws -> Response {
        guard route.endsWithClient, route.methods.contains(request.method) else {
            return try await answer(route, request, context)
        }
        return try await request.body.consumeWithCancellationOnInboundClose { body in
            var request = request
            request.body = body
            return try await answer(route, request, context)
        }
    }

    private func answer(_ route: Route, _ request: Request, _ context: CallContext) async throws -> Response {
        let began = ContinuousClock.now
        metrics.begin()
        var call: Call?
        var result = "ok"
        let reply: Reply
        do {
            let method = request.method == .head ? .get : request.method
            guard route.methods.contains(method) else { throw Refusal.wrongMethod }
            let form = try await read(request, route.limits)
            let made = Call(
                method: request.method, path: Self.collapsed(request.uri.path), form: form, headers: request.headers,
                authority: request.head.authority ?? "localhost", address: context.address,
                parameters: Dictionary(context.parameters.map { (String($0.0), String($0.1)) }) { first, _ in first },
                received: began)
            call = made
            reply = try await route.handle(made)
        } catch let refusal as Refusal {
            result = refusal.label
            reply = try route.dialect.reply(to: refusal, call: call ?? Self.unread(request, context, began))
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
            reply = try route.dialect.reply(
                to: .failure, call: call ?? Self.unread(request, context, began))
        }
        let took = (ContinuousClock.now - began) / .seconds(1)
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

    /// A body that breaks off is the client's doing, not ours.
    private func read(_ request: Request, _ limits: FormLimits) async throws -> Form {
        do {
            return try await reader.read(request, limits: limits)
        } catch let error where !(error is Refusal || error is HTTPParserError || error is POSIXError) {
            throw Refusal.malformedBody(.unexpectedEnd)
        }
    }

    /// A request whose body was not read, or not to the end: its query may still say how to answer.
    private static func unread(
        _ request: Request, _ context: CallContext, _ began: ContinuousClock.Instant
    ) -> Call {
        Call(
            method: request.method, path: collapsed(request.uri.path), form: Form(query: request.uri.query ?? ""),
            headers: request.headers, authority: request.head.authority ?? "localhost", address: context.address,
            parameters: [:], received: began)
    }

    static func collapsed(_ path: String) -> String {
        "/" + path.split(separator: "/").joined(separator: "/")
    }
}
