import Foundation
import Moderation
import TestSupport

@testable import Store

/// The processes of a scenario. They share a folder, or a server's database.
actor Processes {
    struct Unexpected: Error, CustomStringConvertible { let description: String }

    private let backend: Backend
    private let folder: TemporaryFolder
    private let address: String
    private var stores: [String: Store] = [:]
    private var claims: [String: JobClaim] = [:]
    private var owed: [String: OwedCallback] = [:]
    private var calls: [String: FreeCall] = [:]
    /// What a job's next note finds.
    private var found: [NewCase] = []

    init(_ backend: Backend) throws {
        self.backend = backend
        folder = try TemporaryFolder()
        address = backend == .postgreSQL ? try PostgreSQLServer.makeDatabase() : ""
    }

    deinit { folder.remove() }

    private func store(_ name: String) async throws -> Store {
        if let store = stores[name] { return store }
        let (folder, address, backend) = (folder.url, address, backend)
        let store = try await onThread {
            switch backend {
            case .sqlite: try Store(folder: folder)
            case .postgreSQL: try Store(PostgreSQLAddress(address, isSecret: true), folder: folder)
            }
        }
        stores[name] = store
        return store
    }

    func take(_ step: Step) async throws {
        let found: StepValue
        do {
            found = try await result(of: step)
        } catch let problem where step["fails"] != nil && !(problem is Unexpected) {
            let name =
                switch problem {
                case is ClaimLost: "lost"
                case is QuotaSpent: "spent"
                case let problem as StoreProblem: "\(problem.kind)"
                case let problem as ReviewProblem: "\(problem)"
                default: "\(problem)"
                }
            return try expect(StepValue(name), step["fails"] ?? "")
        }
        if let fails = step["fails"] { throw Unexpected(description: "it did not fail as \(fails.string ?? "")") }
        if let wanted = step["is"] { try expect(found, wanted) }
    }

    private func expect(_ found: StepValue, _ wanted: StepValue) throws {
        if found != wanted { throw Unexpected(description: "\(found) instead of \(wanted)") }
    }

    private func result(of step: Step) async throws -> StepValue {
        let store = try await store(step.by)
        if let found = try await jobResult(of: step, store) { return found }
        if let found = try await callbackResult(of: step, store) { return found }
        if let found = try await quotaResult(of: step, store) { return found }
        if let found = try await otherResult(of: step, store) { return found }
        throw Unexpected(description: "nobody knows this step")
    }

    // MARK: Jobs

    private func jobResult(of step: Step, _ store: Store) async throws -> StepValue? {
        if let media = step.text("keep") {
            let job = StoredJob(
                media: media, key: step.text("key") ?? "k", started: Double(step.number("started") ?? 1),
                order: Data("order".utf8), isLive: step.text("live") == "true", place: step.text("place") ?? "",
                reference: step.text("reference") ?? "")
            try await store.keep(job)
            return ""
        }
        if let media = step.text("take") { return note(try await store.takeJob(media), step) }
        if let kind = step.text("next") { return note(try await store.takeJob(live: kind == "stream"), step) }
        if let media = step.text("note") {
            let claim = try claim(step.text("claim") ?? "\(step.by) \(media)")
            return StepValue("\(try await store.note(note(step), by: claim, now: 2).isStopping)")
        }
        if let media = step.text("give back") {
            try await store.giveBack([try claim("\(step.by) \(media)")])
            return ""
        }
        if let found = try await postponement(of: step, store) { return found }
        if step["release"] != nil { return StepValue("\(try await store.releaseAbandonedJobs())") }
        if let media = step.text("frames") {
            return StepValue(try await store.frames(ofJob: media).map { "\($0.number)" })
        }
        if let media = step.text("count") {
            let numbers = try await store.frames(ofJob: media).map(\.number)
            guard let first = numbers.first, let last = numbers.last, numbers == Array(first...last) else { return "" }
            return StepValue("\(first)..\(last)")
        }
        if let media = step.text("job") {
            return StepValue(try await store.job(media).map { "\($0.status.rawValue) \($0.frames)" } ?? "")
        }
        if let media = step.text("starts") { return StepValue(try await store.job(media).map { "\($0.starts)" } ?? "") }
        if let found = try await listing(of: step, store) { return found }
        if let media = step.text("ask to stop") { return StepValue("\(try await store.askToStop(media))") }
        if let wanted = step["stopping"] {
            try expect(StepValue(try await store.stoppingJobs()), wanted)
            return ""
        }
        return nil
    }

    private func listing(of step: Step, _ store: Store) async throws -> StepValue? {
        if step["list"] != nil {
            var filter = Store.JobFilter()
            (filter.key, filter.limit) = (step.text("key"), step.number("limit") ?? 100)
            filter.status = step.text("status").flatMap(StoredJob.Status.init)
            return StepValue(try await store.jobs(filter).map(\.job.media))
        }
        if let media = step.text("stop waiting") { return StepValue("\(try await store.stopWaiting(media))") }
        if let media = step.text("retry") { return StepValue("\(try await store.retry(media))") }
        return nil
    }

    private func postponement(of step: Step, _ store: Store) async throws -> StepValue? {
        if let media = step.text("put off") {
            for _ in 0..<(step.number("times") ?? 0) {
                guard try await store.postpone(try claim("\(step.by) \(media)")) else { return "false" }
                _ = note(try await store.takeJob(media), step)
            }
            return step["times"] != nil
                ? "true" : StepValue("\(try await store.postpone(try claim("\(step.by) \(media)")))")
        }
        if let media = step.text("seconds to wait") {
            let seconds: Double? = try await store.database.read { [time = store.time] in
                try $0.value("SELECT due - \(time) FROM job WHERE media = ?", media)
            }
            return StepValue("\(Int((seconds ?? 0).rounded(.up)))")
        }
        if let seconds = step.number("seconds pass") {
            // The database's clock is nobody's to turn.
            try await store.database.execute("UPDATE job SET due = due - ?", Double(seconds))
            return ""
        }
        return nil
    }

    private func note(_ taken: Store.TakenJob?, _ step: Step) -> StepValue {
        guard let taken else { return "null" }
        claims["\(step.by) \(taken.job.media)"] = taken.claim
        if let name = step.text("as") { claims[name] = taken.claim }
        return StepValue(taken.job.media)
    }

    private func claim(_ name: String) throws -> JobClaim {
        guard let claim = claims[name] else { throw Unexpected(description: "no claim \(name)") }
        return claim
    }

    func find(_ cases: [NewCase]) { found = cases }

    private func note(_ step: Step) -> JobNote {
        var note = JobNote(step.text("status").flatMap(StoredJob.Status.init) ?? .ongoing)
        let range = step["range"]?.sequence?.compactMap(\.int) ?? []
        let numbers = range.count == 2 ? Array(range[0]...range[1]) : step["frames"]?.sequence?.compactMap(\.int) ?? []
        note.frames = numbers.map { JobFrame(number: $0, position: $0 * 1000, judgement: nil) }
        note.callbacks = [step.text("callback")].compactMap { $0 }.map(callback)
        if let units = step.number("units"), let quota = step.number("quota") { note.charge = (units, quota) }
        if !found.isEmpty, let media = step.text("note") {
            let reference = step.text("reference") ?? ""
            note.cases = found
            note.medium = CaseMedium(media: media, key: "k", uri: "v.mp4", reference: reference, isLive: false)
            note.pictures = found.map {
                EvidencePicture(
                    stream: nil, position: $0.found.peak, kind: .still, jpeg: Data(repeating: 1, count: 100))
            }
            found = []
        }
        return note
    }

    // MARK: Callbacks

    private func callback(_ id: String) -> NewCallback {
        NewCallback(id: id, url: "http://receiver", body: Data("body".utf8), isGuarded: true)
    }

    private func callbackResult(of step: Step, _ store: Store) async throws -> StepValue? {
        if let id = step.text("owe") {
            return StepValue("\(try await store.owe(callback(id), media: step.text("media") ?? "", now: 2))")
        }
        if let id = step.text("owe action"), let kind = step.text("for").flatMap(ActionTrigger.Kind.init) {
            let action = NewCallback(kind, id: id, event: Data("{}".utf8))
            return StepValue("\(try await store.owe(action, media: step.text("media") ?? "", now: 2))")
        }
        if let kind = step.text("adopt actions").flatMap(ActionTrigger.Kind.init) {
            return StepValue("\(try await store.adoptCallbacks([.callback, .action(kind)]))")
        }
        if let kind = step.text("actions").flatMap(ActionTrigger.Kind.init) {
            let first = try await store.firstOwed([.action(kind)])
            for callback in first { owed["\(step.by) \(callback.id)"] = callback }
            return StepValue(first.map(\.id))
        }
        if step["adopt"] != nil { return StepValue("\(try await store.adoptCallbacks())") }
        if let wanted = step["owed"] {
            try expect(StepValue("\(try await store.countOwed())"), wanted)
            return ""
        }
        if let wanted = step["first owed"] {
            let first = try await store.firstOwed()
            for callback in first { owed["\(step.by) \(callback.id)"] = callback }
            try expect(StepValue(first.map(\.id)), wanted)
            return ""
        }
        if let id = step.text("settle"), let callback = owed["\(step.by) \(id)"] {
            try await store.settle(callback)
            return ""
        }
        if let id = step.text("postpone"), let callback = owed["\(step.by) \(id)"], let time = step.number("until") {
            try await store.postpone(callback, until: Double(time))
            return ""
        }
        if let id = step.text("attempts") {
            return StepValue(try await store.firstOwed().first { $0.id == id }.map { "\($0.attempts)" } ?? "")
        }
        return nil
    }

    // MARK: Quotas

    private func quotaResult(of step: Step, _ store: Store) async throws -> StepValue? {
        let limit = step.number("limit") ?? 0
        let now = Date(timeIntervalSince1970: Double(step.number("at") ?? 0))
        if let units = step.number("pay"), let key = step.text("key"), let quota = step.number("quota") {
            return StepValue("\(try await store.take(units, key: key, quota: quota))")
        }
        if let units = step.number("charge"), let key = step.text("key") {
            try await store.charge(units, key: key)
            return ""
        }
        if let key = step.text("used") { return StepValue("\(try await store.used(key: key))") }
        if let address = step.text("free call") {
            let call = try await store.takeFreeCall(address: address, limit: limit, now: now)
            if let call { calls[address] = call }
            return StepValue(call.map { "\($0.left)" } ?? "null")
        }
        if let address = step.text("free calls") {
            return StepValue("\(try await store.freeCallsLeft(address: address, limit: limit, now: now))")
        }
        if let address = step.text("give call back"), let call = calls[address] {
            try await store.giveBack(call)
            return ""
        }
        return nil
    }

    // MARK: Judgements, reports, processes

    private func question(_ digest: String) -> LedgerQuestion {
        LedgerQuestion(digest: digest, judge: "service", categories: [.nudityExplicit])
    }

    private func otherResult(of step: Step, _ store: Store) async throws -> StepValue? {
        if let picture = step.text("claim") {
            switch try await store.claimPicture(question(picture)) {
            case .granted: return "granted"
            case .taken: return "taken"
            case .known: return "known"
            }
        }
        if let picture = step.text("answer") {
            let judgement = Judgement(probabilities: [.nudityExplicit: 0.25])
            try await store.keep(judgement, operations: 1, for: question(picture))
            return ""
        }
        if let picture = step.text("drop") {
            try await store.release(question(picture))
            return ""
        }
        if let picture = step.text("known") {
            let known = try await store.judgement(question(picture))
            return StepValue("\(known?.probabilities[.nudityExplicit] == 0.25)")
        }
        if let judge = step.text("forget") {
            try await store.forget(judge: judge)
            return ""
        }
        if let model = step.text("report") {
            let received = Date(timeIntervalSince1970: 5)
            let report = Feedback(
                key: "k", model: model, trueClass: "c", url: nil, sha256: "00", received: received)
            try await store.keep(report)
            return ""
        }
        if let wanted = step["reports"] {
            try expect(StepValue(try await store.feedback(limit: 10).map(\.model)), wanted)
            return ""
        }
        if let name = step.text("classify"), let file = step.text("file") {
            try await store.keep(KnownClassification(sha1: file, name: name, confidence: 99.5))
            return ""
        }
        if let file = step.text("class") {
            return StepValue(try await store.classification(sha1: file)?.name ?? "null")
        }
        if let found = try await loginResult(of: step, store) { return found }
        if let found = try await reviewResult(of: step, store) { return found }
        if step["end"] != nil {
            try await store.endLease()
            stores[step.by] = nil
            return ""
        }
        if step["expire"] != nil { return try await expire(store) }
        return nil
    }

    // MARK: Logins

    private func loginResult(of step: Step, _ store: Store) async throws -> StepValue? {
        if let digest = step.text("log in") {
            for number in 0..<(step.number("times") ?? 1) {
                let name = step.number("times") == nil ? digest : "\(digest) \(number)"
                try await store.keepLogin(name, key: step.text("key") ?? "k")
            }
            return ""
        }
        if let digest = step.text("login") { return StepValue(try await store.login(digest) ?? "null") }
        if let digest = step.text("log out") {
            try await store.endLogin(digest)
            return ""
        }
        if let hours = step.number("hours pass") {
            // The database's clock is nobody's to turn.
            try await store.database.execute("UPDATE login SET expires = expires - ?", Double(hours) * 3600)
            return ""
        }
        if let wanted = step["logins"] {
            let count: Int? = try await store.database.read { try $0.value("SELECT count(*) FROM login") }
            try expect(StepValue("\(count ?? 0)"), wanted)
            return ""
        }
        return nil
    }

    /// Others take the process for gone, while it runs on.
    private func expire(_ store: Store) async throws -> StepValue {
        switch backend {
        case .sqlite: unlink(folder.url.appending(path: "owners/\(store.owner.name)").path)
        case .postgreSQL: try await store.endLease()
        }
        return ""
    }
}
