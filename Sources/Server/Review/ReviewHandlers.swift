import Base
import Foundation
import HTTPTypes
import Moderation
import Reports
import Store

/// The review queue: a card a case. All handlers throw `Refusal`, or an error of the store.
extension Dashboard {
    var reviewRoutes: [Route] {
        func page(_ path: String, handle: @escaping Route.Handler) -> Route {
            Route(dialect: self, path: path, methods: [.get, .head], handle: handle)
        }
        func action(_ path: String, handle: @escaping Route.Handler) -> Route {
            Route(dialect: self, path: path, methods: [.post], handle: handle)
        }
        return [
            page("/review", handle: queue),
            page("/review/next", handle: next),
            action("/review/renew", handle: renew),
            action("/review/undo", handle: undo),
            page("/review/decided", handle: decided),
            page("/review/statistics", handle: statistics),
            page("/review/cases/{case}", handle: showCase),
            action("/review/cases/{case}/{action}", handle: act),
            page("/review/cases/{case}/pictures/{position}", handle: picture),
            page("/review.js") { _ in pages.reviewScript },
        ]
    }

    /// Whoever works on cases: a window of a person's.
    struct Reviewer {
        let key: AdmittedKey
        let token: String
        let holder: String
        var name: String { key.name }
    }

    /// Requires somebody who may review.
    private func reviewer(_ call: Call, changes: Bool = false) async throws -> Reviewer {
        let (key, session) = try await admit(call)
        if changes, !session.holds(call.form["csrf"]) { throw Refusal.expiredForm }
        guard key.roles.contains(.review) else { throw Refusal.review(.missingRole(.review)) }
        guard context.options.review != nil else { throw Refusal.review(.noQueue) }
        return Reviewer(key: key, token: session.token, holder: session.window)
    }

    private func caseID(_ call: Call) throws(Refusal) -> String {
        guard let id = call.parameters["case"] else { throw .review(.unknownCase) }
        return id
    }

    // MARK: The queue

    private func queue(_ call: Call) async throws -> Reply {
        let reviewer = try await reviewer(call)
        let query = try ReviewQuery(call.form, reviewer.key)
        let counts = try await counts(query)
        guard let first = try await claim(query, reviewer) else {
            return pages.review(nil, nil, query, counts, key: reviewer.name, token: reviewer.token)
        }
        let second = try await claim(query, reviewer, besides: first.id)
        return pages.review(
            try await card(first, query, reviewer), try await second.asyncMap { try await card($0, query, reviewer) },
            query, counts, key: reviewer.name, token: reviewer.token)
    }

    /// The next card alone, for the script.
    private func next(_ call: Call) async throws -> Reply {
        let reviewer = try await reviewer(call)
        return try await nextCard(try ReviewQuery(call.form, reviewer.key), reviewer, besides: call.form["besides"])
    }

    private func nextCard(_ query: ReviewQuery, _ reviewer: Reviewer, besides other: String?) async throws -> Reply {
        guard let next = try await claim(query, reviewer, besides: other) else { return pages.noCard }
        return pages.card(try await card(next, query, reviewer))
    }

    private func claim(_ query: ReviewQuery, _ reviewer: Reviewer, besides other: String? = nil) async throws
        -> StoredCase?
    {
        try await context.store.claimCase(query.filter, for: reviewer.holder, actor: reviewer.name, besides: other)
    }

    func counts(_ query: ReviewQuery) async throws -> ReviewCounts {
        var filter = query.filter
        let waiting = try await context.store.countCases(filter)
        (filter, filter.state) = (ReviewFilter(), .escalated)
        let escalated = try await context.store.countCases(filter)
        return ReviewCounts(waiting: waiting, escalated: escalated)
    }

    private func renew(_ call: Call) async throws -> Reply {
        let reviewer = try await reviewer(call, changes: true)
        let held = try await context.store.renewCases(for: reviewer.holder)
        return Reply(body: try JSONEncoder().encode(held))
    }

    // MARK: Acting

    private func act(_ call: Call) async throws -> Reply {
        let reviewer = try await reviewer(call, changes: true)
        let id = try caseID(call)
        switch call.parameters["action"] {
        case "erase": return try await erase(id, reviewer)
        case "skip":
            try await context.store.skipCase(id, of: reviewer.holder)
            return try await nextCard(try ReviewQuery(call.form, reviewer.key), reviewer, besides: call.form["besides"])
        default: break
        }
        guard let action = call.parameters["action"].flatMap(ReviewAction.init), action != .undo else {
            throw Refusal.unknownPath
        }
        let reason = String((call.form["reason"] ?? "").prefix(1000))
        if action == .appeal, reason.isEmpty { throw Refusal.badParameter("reason", "why it is opened again") }
        do {
            let settled = try await context.store.review(
                id, action, by: reviewer.name, holder: reviewer.holder, present: present(call), note: reason)
            try await teach(settled)
        } catch let problem as ReviewProblem {
            throw Refusal.review(.problem(problem))
        }
        changes.notify()
        caseChanges.notify()
        if action == .appeal { return Self.redirect("/review/cases/\(id)") }
        let query = try ReviewQuery(call.form, reviewer.key)
        guard call.form["fragment"] != nil else { return Self.redirect(query.path) }
        return try await nextCard(query, reviewer, besides: call.form["besides"])
    }

    /// The categories of a rejection.
    private func present(_ call: Call) -> [ContentCategory] {
        context.judge.categories.filter { call.form["present.\($0.rawValue)"] != nil }.sorted()
            + [call.form["present"]].compactMap { $0.map { ContentCategory(rawValue: $0) } }
            .filter(context.judge.categories.contains)
    }

    /// Notes decisions against the judge's as feedback.
    private func teach(_ settled: StoredCase) async throws {
        let found = settled.found
        let wrong: [(ContentCategory, String)]
        switch (settled.state, found.reason) {
        case (.approved, .ko): wrong = found.category.map { [($0, "absent")] } ?? []
        case (.rejected, .ko):
            let other = found.category.map { settled.present.contains($0) ? [] : [($0, "absent")] } ?? []
            wrong = other + settled.present.filter { $0 != found.category }.map { ($0, "present") }
        case (.rejected, _): wrong = settled.present.map { ($0, "present") }
        default: wrong = []
        }
        for (category, truth) in wrong {
            let place = String(format: "%@#t=%.3f", settled.medium.uri, Double(found.peak) / 1000)
            try await context.store.keep(
                Feedback(
                    key: settled.medium.key, model: category.rawValue, trueClass: truth, url: place, sha256: nil,
                    received: context.now))
        }
    }

    private func undo(_ call: Call) async throws -> Reply {
        let reviewer = try await reviewer(call, changes: true)
        let restored: StoredCase
        do {
            restored = try await context.store.undoReview(by: reviewer.name, holder: reviewer.holder)
        } catch let problem as ReviewProblem {
            throw Refusal.review(.problem(problem))
        }
        caseChanges.notify()
        let query = try ReviewQuery(call.form, reviewer.key)
        guard call.form["fragment"] != nil else { return Self.redirect(query.path) }
        return pages.card(try await card(restored, query, reviewer))
    }

    private func erase(_ id: String, _ reviewer: Reviewer) async throws -> Reply {
        guard reviewer.key.roles.contains(.administer) else { throw Refusal.review(.missingRole(.administer)) }
        guard let known = try await context.store.reviewCase(id) else { throw Refusal.review(.unknownCase) }
        let (erased, ongoing) = try await context.store.erase(media: known.medium.media, by: reviewer.name)
        guard ongoing.isEmpty else { throw Refusal.review(.stillJudged) }
        changes.notify()
        caseChanges.notify()
        return pages.note("Deleted", erased.sentence, key: reviewer.name, token: reviewer.token)
    }

    // MARK: Looking

    private func showCase(_ call: Call) async throws -> Reply {
        let reviewer = try await reviewer(call)
        let id = try caseID(call)
        guard let known = try await context.store.reviewCase(id) else { throw Refusal.review(.unknownCase) }
        let steps = try await context.store.steps(ofCase: id, limit: 1000)
        return pages.reviewed(
            try await card(known, ReviewQuery(), reviewer), steps, mayErase: reviewer.key.roles.contains(.administer),
            key: reviewer.name, token: reviewer.token)
    }

    private func decided(_ call: Call) async throws -> Reply {
        let reviewer = try await reviewer(call)
        var filter = ReviewFilter()
        filter.order = .oldest
        var cases: [StoredCase] = []
        for state in [ReviewState.approved, .rejected] {
            filter.state = state
            cases += try await context.store.newestDecided(state, limit: 100)
        }
        return pages.decided(
            cases.sorted { ($0.decided ?? 0) > ($1.decided ?? 0) }, key: reviewer.name, token: reviewer.token)
    }

    /// The judge's rates, by people's decisions.
    private func statistics(_ call: Call) async throws -> Reply {
        let reviewer = try await reviewer(call)
        var calibration = Calibration(policy: context.options.policy ?? Policy())
        for try await known in ReviewArchive(context.store).decided(limit: Self.maxDecisions) {
            // Categories beyond the most that are counted are those of models that nobody has any more.
            try? calibration.add(HumanDecision(known))
        }
        let sections = try calibration.categories.sorted { $0.key < $1.key }.map { category, counted in
            try CalibrationDocument.Category(category, counted, precision: nil).html()
        }
        return pages.statistics(
            sections, decisions: calibration.decisions, key: reviewer.name, token: reviewer.token)
    }

    /// The most decisions that statistics are made of, the oldest first.
    private static let maxDecisions = 100_000

    private func picture(_ call: Call) async throws -> Reply {
        _ = try await reviewer(call)
        let kind = EvidencePicture.Kind(rawValue: call.form["kind"] ?? "still")
        guard let known = try await context.store.reviewCase(try caseID(call)),
            let position = call.parameters["position"].flatMap({ Int($0) }), let kind,
            let jpeg = try await context.store.evidence(
                known.medium.media, stream: known.found.stream, position: position, kind)
        else { throw Refusal.review(.unknownCase) }
        return pages.jpeg(jpeg)
    }

    /// What a card shows.
    private func card(_ known: StoredCase, _ query: ReviewQuery, _ reviewer: Reviewer) async throws -> ReviewCard {
        let found = known.found
        let margin = 60_000
        let strip = try await context.store.evidencePositions(
            known.medium.media, stream: found.stream,
            in: max(0, found.peak - margin)...(found.peak + margin), .thumbnail, limit: 200)
        let near = ReviewCard.nearest(strip, to: found.peak, count: 2 * CaseRecorder.neighbors + 1)
        let hasStill =
            try await context.store.evidencePositions(
                known.medium.media, stream: found.stream, in: found.peak...found.peak, .still, limit: 1
            ).isEmpty == false
        let run = try? await context.jobs.snapshot(known.medium.media, key: known.medium.key)
        return ReviewCard(
            known: known, strip: near, hasStill: hasStill, run: run?.result, query: query, token: reviewer.token,
            categories: context.judge.categories.filter { !$0.isInformational }.sorted())
    }
}

extension Optional where Wrapped: Sendable {
    fileprivate func asyncMap<Value>(_ transform: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
