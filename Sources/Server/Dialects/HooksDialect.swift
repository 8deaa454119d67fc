import Base
import Forms
import Foundation
import HTTPTypes
import Moderation
import Runtime
import Store
import Wire

/// What media servers call when somebody begins and ends to publish: `/hooks/nginx-rtmp`, `/hooks/mediamtx`. A publisher
/// is watched by a job, with the key's policy.
///
/// The key is only taken of the query, which the media server's configuration sets. Of repeated fields of the body the
/// first counts: nginx-rtmp adds the publisher's own arguments to the end.
struct HooksDialect: Dialect {
    let name = DialectName.hooks
    let context: ServerContext

    /// How long a publisher is watched at most, in seconds: a month.
    private static let maxDuration = 2_678_400.0
    /// The largest body, in bytes.
    private static let maxBody = 64 << 10

    var routes: [Route] {
        [
            route(
                "/hooks/nginx-rtmp", "Begins or ends to watch a publisher of nginx with its RTMP module.",
                NginxRTMP.news),
            route("/hooks/mediamtx", "Begins or ends to watch a publisher of MediaMTX.", MediaMTX.news),
        ]
    }

    private func route(
        _ path: String, _ summary: String,
        _ read: @escaping @Sendable ([String: String]) throws(Refusal) -> PublisherNews?
    ) -> Route {
        Route(
            dialect: self, path: path, methods: [.post],
            limits: FormLimits(fileBytes: Self.maxBody, takesRawBody: true), summary: summary,
            parameters: [
                RouteParameter("key", required: true, "The API key, in the query."),
                RouteParameter("task", "What to look for, in the query. Default: what is harmful by default."),
                RouteParameter("interval", .number, "Seconds between pictures, in the query. Default: 1."),
            ],
            open: { call in
                let query = call.form
                return { call in try await handle(query, try read(try await fields(call))) }
            })
    }

    func check(_ call: Call) throws(Refusal) {
        guard context.options.mediaServer != nil else { throw .unknownPath }
        try context.access.check(key: call.form["key"], dialect: name)
    }

    /// The fields of the body, the first of each name.
    private func fields(_ call: Call) async throws -> [String: String] {
        guard let body = call.form.anyFile else { return [:] }
        let bytes = try await context.disk.run { try body.withBytes { Array($0) } }
        let fields: [URLEncoded.Field]
        do {
            fields = try URLEncoded.decode(bytes, limit: 256)
        } catch {
            throw Refusal.malformedBody(error)
        }
        return Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// - Parameter news: `nil` if there is nothing to do.
    private func handle(_ query: Form, _ news: PublisherNews?) async throws -> Reply {
        let secret = query["key"] ?? (context.access.isOpen ? "anybody" : nil)
        let key = try context.access.admit(key: secret, dialect: name)
        switch news {
        case .began(let publisher): try await begin(publisher, query, key)
        case .ended(let publisher): try await end(publisher, key)
        case nil: break
        }
        return Reply(contentType: "text/plain", body: Data())
    }

    private func begin(_ publisher: StreamPublisher, _ query: Form, _ key: AdmittedKey) async throws {
        guard let base = context.options.mediaServer else { throw Refusal.unknownPath }
        let tasks = try self.tasks(query["task"])
        let interval = try query.seconds("interval", in: 0.1...3600, or: 1)
        try await key.requireQuota()
        let address = [base, publisher.app, publisher.name].filter { !$0.isEmpty }.joined(separator: "/")
        try await context.submit(
            JobOrder(
                media: Identifiers.word("med"), request: Identifiers.word("req"), uri: address,
                source: .address(address), models: tasks.map(\.name), interval: interval,
                maxDuration: Self.maxDuration, callback: nil, thresholds: [:], quota: key.quota,
                policy: context.jobPolicy(key, interval: interval), publisher: publisher), key: key.name)
    }

    /// - Parameter list: `nil` for what is harmful by default.
    private func tasks(_ list: String?) throws(Refusal) -> [ModerationTask] {
        do {
            return try TaskVocabulary.ofServices.tasks(list, judge: name.rawValue, available: context.judge.categories)
        } catch {
            throw Refusal(error)
        }
    }

    /// Stops the jobs that watch a publisher.
    private func end(_ publisher: StreamPublisher, _ key: AdmittedKey) async throws {
        for job in try await context.store.ongoingJobs(key: key.name) {
            guard let watched = try? JobOrder(of: job).publisher, watched.isSame(as: publisher) else { continue }
            try await context.jobs.stop(job.media, key: key.name)
        }
    }

    /// Media servers go by the status: with any other than 2xx nobody may publish.
    func reply(to refusal: Refusal, call: Call?) throws -> Reply {
        let status: HTTPResponse.Status =
            switch refusal {
            case .missingKey, .unknownKey, .inactiveKey: .unauthorized
            case .keyNotForDialect, .crossSite: .forbidden
            case .quotaSpent, .tooManyRequests: .tooManyRequests
            case .tooManyJobs, .overloaded: .serviceUnavailable
            case .unknownPath: .notFound
            case .wrongMethod: .methodNotAllowed
            case .failure: .internalServerError
            default: .badRequest
            }
        return Reply(
            status: status, contentType: "text/plain; charset=utf-8", body: Data((refusal.sentence + "\n").utf8))
    }
}

/// What a media server tells of a publisher.
enum PublisherNews: Hashable {
    case began(StreamPublisher)
    case ended(StreamPublisher)

    /// A publisher whose name can be part of an address.
    /// - Parameters:
    ///   - path: Names, separated by slashes: letters, digits, `.`, `_` and `-`.
    /// - Throws: `Refusal.badParameter`.
    static func checked(_ path: String?, _ field: String, isPath: Bool) throws(Refusal) -> String {
        let part = /[A-Za-z0-9._\-]{1,128}/
        let parts = path?.split(separator: "/", omittingEmptySubsequences: false) ?? []
        let isGood =
            !parts.isEmpty && parts.count <= (isPath ? 8 : 1)
            && parts.allSatisfy { $0.wholeMatch(of: part) != nil && !$0.allSatisfy { $0 == "." } }
        guard let path, isGood else { throw .badParameter(field, "letters, digits, periods, hyphens and underscores") }
        return path
    }

    /// Of an id or address, what is safe to pass on.
    static func text(_ value: String?) -> String? { value.map { String($0.prefix(128)) } }
}

extension StreamPublisher {
    /// Whether it is the same connection.
    fileprivate func isSame(as other: StreamPublisher) -> Bool {
        (server, app, name, id) == (other.server, other.app, other.name, other.id)
    }
}

/// https://github.com/arut/nginx-rtmp-module/wiki/Directives#notify
private enum NginxRTMP {
    static func news(_ fields: [String: String]) throws(Refusal) -> PublisherNews? {
        guard fields["call"] == "publish" || fields["call"] == "publish_done" else { return nil }
        let publisher = StreamPublisher(
            server: "nginx-rtmp", app: try PublisherNews.checked(fields["app"], "app", isPath: true),
            name: try PublisherNews.checked(fields["name"], "name", isPath: false),
            id: PublisherNews.text(fields["clientid"]), address: PublisherNews.text(fields["addr"]))
        return fields["call"] == "publish" ? .began(publisher) : .ended(publisher)
    }
}

/// https://mediamtx.org/docs/features/hooks: what `runOnAvailable` and `runOnUnavailable` get in their environment.
private enum MediaMTX {
    static func news(_ fields: [String: String]) throws(Refusal) -> PublisherNews? {
        guard fields["call"] == "available" || fields["call"] == "unavailable" else { return nil }
        let path = try PublisherNews.checked(fields["path"], "path", isPath: true).split(separator: "/")
        let publisher = StreamPublisher(
            server: "mediamtx", app: path.dropLast().joined(separator: "/"), name: path.last.map(String.init) ?? "",
            id: PublisherNews.text(fields["source_id"]))
        return fields["call"] == "available" ? .began(publisher) : .ended(publisher)
    }
}
