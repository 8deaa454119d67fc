import Foundation
import Moderation

@testable import Store

/// Steps of scenarios about the review queue.
extension Processes {
    /// Cases of one picture each, with ascending probability. The first one's position is 0, and so on.
    static func cases(_ names: [String]) -> [NewCase] {
        let request = ModerationRequest([ModerationTask(name: "gore", categories: [.gore])])
        var (decision, finder) = (RunningDecision(request), CaseFinder(request) { _ in 1 })
        return names.enumerated().compactMap { index, name in
            let judgement = Judgement(probabilities: [.gore: 0.6 + Double(index) / 100])
            // Too far apart to be one segment.
            let sample = TimelineSample(
                index: index, position: index * 60_000, time: nil, judgement: judgement, reused: false, failure: nil)
            let found = finder.add(decision.add(sample)).last { $0.start == sample.position }
            return found.map { NewCase(id: name, found: $0) }
        }
    }

    func reviewResult(of step: Step, _ store: Store) async throws -> StepValue? {
        if let names = step["find"]?.sequence?.compactMap(\.string) {
            find(Self.cases(names))
            return ""
        }
        if let found = try await held(step, store) { return found }
        if let found = try await decided(step, store) { return found }
        if let wanted = step["trail"] {
            let steps = try await store.steps(limit: 100)
            var last: [String: ReviewStep] = [:]
            for step in steps {
                guard step.follows(last[step.caseID]) else { throw Unexpected(description: "a step is not intact") }
                last[step.caseID] = step
            }
            let words = steps.map {
                "\($0.actor) \($0.action) \($0.caseID) \($0.note)".trimmingCharacters(in: .whitespaces)
            }
            if StepValue(words) != wanted { throw Unexpected(description: "\(words)") }
            return ""
        }
        if let sql = step.text("tamper") {
            try await store.database.execute(sql)
            return ""
        }
        return try await erased(step, store)
    }

    private func held(_ step: Step, _ store: Store) async throws -> StepValue? {
        let window = step.text("window") ?? step.by
        if step["claim case"] != nil {
            var filter = ReviewFilter()
            filter.order = step.text("order").flatMap(ReviewFilter.Order.init) ?? .worst
            (filter.reference, filter.probability) = (
                step.text("reference"), step.text("probability").flatMap(Double.init)
            )
            let found = try await store.claimCase(
                filter, for: window, actor: step.by, besides: step.text("besides"))
            return StepValue(found?.id ?? "null")
        }
        if let id = step.text("skip case") {
            try await store.skipCase(id, of: window)
            return ""
        }
        if step["renew cases"] != nil { return StepValue(try await store.renewCases(for: window).sorted()) }
        if step["waiting cases"] != nil { return StepValue("\(try await store.countCases(ReviewFilter()))") }
        if let seconds = step.number("reviewers wait") {
            // The database's clock is nobody's to turn.
            try await store.database.execute("UPDATE review_case SET held = held - ?", Double(seconds))
            return ""
        }
        return nil
    }

    private func decided(_ step: Step, _ store: Store) async throws -> StepValue? {
        let window = step.text("window") ?? step.by
        for action in ReviewAction.allCases where action != .undo {
            guard let id = step.text(action.rawValue + " case") else { continue }
            let present = (step["present"]?.sequence ?? []).compactMap(\.string).map { ContentCategory(rawValue: $0) }
            let known = try await store.review(
                id, action, by: step.by, holder: window, present: present, note: step.text("reason") ?? "")
            return StepValue(known.state.rawValue)
        }
        if step["undo case"] != nil { return StepValue(try await store.undoReview(by: step.by, holder: window).id) }
        if let id = step.text("case") {
            let known = try await store.reviewCase(id)
            let words = known.map {
                "\($0.state.rawValue) \($0.decidedBy ?? "-") \($0.present.map(\.rawValue).joined(separator: " "))"
            }
            return StepValue(words?.trimmingCharacters(in: .whitespaces) ?? "null")
        }
        return nil
    }

    private func erased(_ step: Step, _ store: Store) async throws -> StepValue? {
        if step["erase"] != nil {
            let (erased, ongoing) = try await store.erase(
                media: step.text("media"), reference: step.text("reference"), by: step.by)
            return StepValue(ongoing.isEmpty ? erased.sentence : "ongoing \(ongoing.joined(separator: " "))")
        }
        if let media = step.text("pictures") {
            let positions = try await store.evidencePositions(
                media, stream: nil, in: 0...Int(Int32.max), .still, limit: 100)
            return StepValue(positions.map { "\($0)" })
        }
        if let bytes = step.number("prune") {
            return StepValue("\(try await store.pruneEvidence(bytes: bytes, seconds: 1e12))")
        }
        return nil
    }
}
