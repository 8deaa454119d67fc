import Foundation
import FrameSampling
import Moderation
import Reports
import Store

/// The handlers of runs. All throw `Refusal`, or an error of the store.
extension Dashboard {
    /// The names of the categories that can be selected.
    private var categories: [String] { context.judge.categories.sorted().map(\.rawValue) }

    /// Shows the newest runs.
    func list(_ call: Call) async throws -> Reply {
        let (key, session) = try await admit(call)
        return pages.list(
            try await context.jobs.snapshots(key: key.name, limit: Self.maxRuns), key: key.name, token: session.token,
            categories: categories)
    }

    /// Shows a run.
    func show(_ call: Call) async throws -> Reply {
        let (key, session) = try await admit(call)
        let (run, result) = try await context.jobs.snapshot(try media(call), key: key.name)
        return pages.run(run, result, key: key.name, token: session.token, isNoted: call.form["noted"] != nil)
    }

    /// Shows a run's report.
    func report(_ call: Call) async throws -> Reply {
        let (key, _) = try await admit(call)
        let (_, result) = try await context.jobs.snapshot(try media(call), key: key.name)
        return pages.report(try ReportFormat.html.render(result))
    }

    private func media(_ call: Call) throws(Refusal) -> String {
        guard let media = call.parameters["media"] else { throw .unknownMedia }
        return media
    }

    /// Submits a video or stream.
    func submit(_ call: Call) async throws -> Reply {
        let key = try await admitChange(call)
        guard key.roles.contains(.submit) else { throw Refusal.review(.missingRole(.submit)) }
        try await key.requireQuota()
        let form = call.form
        let models = categories.filter { form["task." + $0] != nil }
        guard !models.isEmpty else { throw Refusal.noTask }
        let interval = try form.seconds("interval", in: 0.001...3600, or: 1)
        let duration = try form.seconds("max_duration", in: 1...86_400, or: 3600)
        let media = Identifiers.word("med")
        // The form sends an empty file along with an address.
        let file = form.file("media").flatMap { $0.size > 0 ? $0 : nil }
        let given = try MediaSource(file: file, url: form["url"])
        let source = try await context.jobSource(given, for: media)
        // Pages must not show the address's user, password or query.
        let uri = given.url.map { VideoInput.address($0).name } ?? file?.name ?? media
        let order = JobOrder(
            media: media, request: Identifiers.word("req"), uri: uri, source: source, models: models,
            interval: interval, maxDuration: duration, callback: nil, thresholds: [:], quota: key.quota,
            reference: form["reference"].map { String($0.prefix(200)) },
            policy: context.jobPolicy(key, interval: interval))
        try await context.submit(order, key: key.name)
        return Self.redirect("/runs/\(media)")
    }

    /// Stops a run.
    func stop(_ call: Call) async throws -> Reply {
        let key = try await admitChange(call)
        let media = try media(call)
        try await context.jobs.stop(media, key: key.name)
        return Self.redirect("/runs/\(media)")
    }

    /// Stores that a picture was misjudged: its position, the category, and whether it is really present.
    func feedback(_ call: Call) async throws -> Reply {
        let key = try await admitChange(call)
        let (run, result) = try await context.jobs.snapshot(try media(call), key: key.name)
        guard let category = call.form["category"], result.categories[category] != nil else {
            throw Refusal.badParameter("category", "a category of this run")
        }
        guard let truth = call.form["class"], ["present", "absent"].contains(truth) else {
            throw Refusal.badParameter("class", "present or absent")
        }
        let position = call.form["position"].flatMap { Int($0) }
        guard let position, result.frames.contains(where: { $0.info.position == position }) else {
            throw Refusal.badParameter("position", "the position of a picture, in ms")
        }
        let place = String(format: "%@#t=%.3f", run.order.uri, Double(position) / 1000)
        try await context.store.keep(
            Feedback(
                key: key.name, model: category, trueClass: truth, url: place, sha256: nil, received: context.now))
        return Self.redirect("/runs/\(run.order.media)?noted=1")
    }
}
