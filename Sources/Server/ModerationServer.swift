import Base
import Callbacks
import Foundation
import FrameSampling
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Moderation
import NIOCore
import Pipeline
import Runtime
import ServiceLifecycle
import Store
import UnixSignals

/// Serves the APIs of the five services and the dashboard over HTTP, with one judge.
public struct ModerationServer: Sendable {
    private let options: ServerOptions
    private let context: ServerContext
    private let routes: [Route]
    private let dashboard: Dashboard
    private let runner: RequestRunner
    private let metrics: Metrics
    private let courier: CallbackCourier
    private let logger: Logger

    /// Creates the server. It does not listen yet.
    /// - Parameters:
    ///   - judge: Judges everything.
    ///   - store: Keeps jobs, callbacks, quotas, feedback and results by hash.
    ///   - clock: The time source. Default: the system's.
    /// - Throws: `ServerStartError` or `HTTPClient.OutOfResources`.
    public init(
        judge: any ImageJudge, store: Store, options: ServerOptions, logger: Logger, clock: TimeSource = .system
    ) throws {
        let entries = options.keys?.entries
        if options.serves && entries == nil && !options.isLoopback {
            throw ServerStartError.keysRequired(host: options.host)
        }
        let metrics = Metrics()
        let budget = MemoryBudget(limit: 64 << 20)
        let disk = BlockingThreads(count: 2, name: "framesift disk")
        courier = try CallbackCourier(
            store: store, userAgent: options.userAgent, secret: options.callbackSecret,
            rules: options.callbackRules, actions: options.actions,
            reportAction: { [logger] action, outcome in
                metrics.count(outcome)
                Self.log(outcome, about: action.media, logger)
            }
        ) { [logger] _, outcome in Self.log(outcome, logger) }
        let changes = JobChanges()
        let jobs = JobContext(
            judge: judge, options: options, store: store, courier: courier, metrics: metrics, logger: logger,
            clock: clock, changes: changes, caseChanges: JobChanges())
        context = ServerContext(
            judge: judge, options: options, access: Access(entries: entries, store: store),
            images: ImageModeration(
                check: ImageCheck(judge: judge), admission: Admission(limit: options.imageQueue), metrics: metrics,
                deadline: Deadline(limit: options.pictureDeadline, clock: clock),
                standing: judge.standingTasks.categories),
            videos: VideoModeration(
                judge: judge, options: options, admission: Admission(limit: options.videos), metrics: metrics,
                running: RunningChecks()),
            fetcher: ImageFetcher(concurrency: 16, options: options, budget: budget),
            store: store, clock: clock, logger: logger, disk: disk, jobs: VideoJobs(jobs),
            uploads: UploadSlots(folder: options.stateFolder.appending(path: "uploads"), disk: disk, clock: clock))
        dashboard = try Dashboard(
            context: context, changes: changes, caseChanges: jobs.caseChanges, sessions: Sessions(store: store),
            templates: DashboardPages.reviewTemplates)
        routes =
            !options.serves
            ? []
            : dashboard.routes + dashboard.reviewRoutes + PicPurifyDialect(context: context).routes
                + SightengineDialect(context: context).routes
                + WebPurifyDialect(context: context).routes + ModerateContentDialect(context: context).routes
                + NSFWCategorizeDialect(context: context).routes + MisskeyDialect(context: context).routes
                + HooksDialect(context: context).routes
        runner = RequestRunner(
            reader: FormReader(budget: budget, disk: disk, deadline: options.bodyDeadline, clock: clock),
            metrics: metrics)
        self.options = options
        self.metrics = metrics
        self.logger = logger
    }

    private static func log(_ outcome: CallbackOutcome, _ logger: Logger) {
        switch outcome {
        case .delivered: break
        case .failed(let reason, _): logger.info("callback failed", metadata: ["reason": "\(reason)"])
        case .givenUp(let reason): logger.warning("callback given up", metadata: ["reason": "\(reason)"])
        }
    }

    private static func log(_ outcome: ActionOutcome, about media: String, _ logger: Logger) {
        var metadata: Logger.Metadata = [
            "media": "\(media)", "id": "\(outcome.id)", "trigger": "\(outcome.kind.rawValue)",
            "attempts": "\(outcome.attempts)",
        ]
        metadata["reason"] = outcome.problem.map { "\($0)" }
        // On one line, whatever the program wrote.
        metadata["output"] = outcome.output.map { "\(String(reflecting: $0))" }
        switch outcome.result {
        case .delivered: logger.notice("action delivered", metadata: metadata)
        case .failed: logger.warning("action failed", metadata: metadata)
        case .givenUp: logger.error("action given up", metadata: metadata)
        }
    }

    /// Serves until SIGTERM, SIGINT or the task's cancellation. Requests in progress then get `shutdownGrace` to end.
    /// - Parameter onListening: Called with the port once connections are accepted.
    /// - Throws: An error if the address cannot be bound or a service fails.
    public func run(onListening: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        if options.serves && context.access.isOpen { logger.notice("no file of keys: any key is accepted") }
        let application = Application(
            router: try makeRouter(),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ConnectionOptions(), LingeringClose()],
                    idleTimeout: .seconds(Int64(options.idleTimeout.wholeSeconds)))),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), serverName: "framesift",
                availableConnectionsDelegate: MaximumAvailableConnections(options.connections)),
            onServerRunning: { onListening($0.localAddress?.port ?? 0) }, logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: application, successTerminationBehavior: .gracefullyShutdownGroup),
                .init(
                    service: JobService(
                        jobs: context.jobs, courier: courier, uploads: context.uploads, logger: logger,
                        store: context.store, metrics: metrics, grace: options.serves ? .zero : options.shutdownGrace,
                        review: options.review, clock: context.clock)),
                .init(service: GraceService(grace: options.shutdownGrace, running: context.videos.running)),
            ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = options.shutdownGrace + .seconds(2)
        let group = ServiceGroup(configuration: configuration)
        // A cancelled group would drop requests in progress. It runs in its own task and is asked to stop instead.
        let running = Task { try await group.run() }
        defer { context.disk.close() }
        try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }

    private func makeRouter() throws -> Router<CallContext> {
        let router = Router(context: CallContext.self, options: .autoGenerateHeadEndpoints)
        if context.access.isOpen { router.add(middleware: CrossSiteGuard(routes: routes)) }
        router.add(middleware: UnknownPaths(routes: routes))
        if options.serves {
            let description = try OpenAPI.document(routes, version: options.version)
            router.get("/openapi.json") { _, _ in Reply(body: description).response }
            dashboard.addEvents(to: router)
            dashboard.addReviewEvents(to: router)
        }
        router.get("/healthz") { [context] _, _ in try await Self.health(context).response }
        router.get("/metrics") { [self] _, _ in
            let text =
                metrics.text(
                    queued: context.images.admission.current, queueLimit: context.images.admission.limit,
                    videos: context.videos.admission.current, jobs: await context.jobs.count,
                    callbacks: await courier.owed, decoders: DecoderSandbox.counts)
                // While the database is away, what this process knows is told all the same.
                + ((try? await context.store.waitingJobs()).map { Metrics.text(waiting: $0, now: context.clock.wall()) }
                    ?? "")
            return Reply(contentType: "text/plain; version=0.0.4; charset=utf-8", body: Data(text.utf8)).response
        }
        // All methods, so that the dialect reports a wrong one.
        let methods: [HTTPRequest.Method] = [.get, .post, .put, .delete, .patch]
        for route in routes {
            for method in methods {
                router.on(RouterPath(route.path), method: method) { [runner] request, context in
                    try await runner.run(route, request, context)
                }
            }
            router.on(RouterPath(route.path), method: .options) { _, _ in Self.preflight(route) }
        }
        return router
    }

    private static func health(_ context: ServerContext) async throws -> Reply {
        let isWritable = await context.store.checkHealth() == nil
        let health = Health(stateProblem: isWritable ? nil : "The state cannot be written.", context.options)
        return Reply(status: health.problem == nil ? .ok : .serviceUnavailable, body: try JSONEncoder().encode(health))
    }

    /// Answers what browsers ask before a page of another site may send a request.
    private static func preflight(_ route: Route) -> Response {
        var headers: HTTPFields = [.allow: route.methods.map(\.rawValue).joined(separator: ", ")]
        if route.dialect.name == .sightengine {
            headers[.accessControlAllowOrigin] = "*"
            headers[.accessControlAllowMethods] = headers[.allow]
            headers[.accessControlAllowHeaders] = "*"
        }
        return Response(status: .noContent, headers: headers)
    }
}

/// Stops the videos still being judged when the grace period ends. It must be the last service of the group, since
/// services are shut down in reverse order: the HTTP server only stops after `run` has returned.
private struct GraceService: Service {
    let grace: Duration
    let running: RunningChecks

    func run() async throws {
        try? await gracefulShutdown()
        Task {
            try? await Task.sleep(for: grace)
            running.stopAll()
        }
    }
}
