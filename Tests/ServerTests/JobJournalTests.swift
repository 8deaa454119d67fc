import Callbacks
import Foundation
import Logging
import Moderation
import Reports
import Runtime
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Server
@testable import Store

/// What is stored of a job while the state cannot be written, and who goes on with it.
@Suite(.timeLimit(.minutes(2))) struct JobJournalTests {
    private static let file = Fixtures.folder.appending(path: "faststart.mp4").path

    private func order(_ media: String, file: String = "") -> JobOrder {
        JobOrder(
            media: media, request: "req_1", uri: "x", source: .file(file), models: ["nudity"], interval: 1,
            maxDuration: 60, callback: nil, thresholds: [:], quota: nil)
    }

    private func context(_ store: Store, clock: TimeSource = TimeSource(wall: { 1e9 })) throws -> JobContext {
        JobContext(
            judge: ScriptedJudge(categories: [.nudityExplicit]), options: ServerOptions(), store: store,
            courier: try CallbackCourier(store: store, userAgent: "test", secret: nil),
            metrics: Metrics(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            clock: clock, changes: JobChanges(), caseChanges: JobChanges())
    }

    private func keep(_ order: JobOrder, in store: Store) async throws {
        let job = StoredJob(media: order.media, key: "k", started: 1e9, order: try JSONEncoder().encode(order))
        try await store.keep(job)
    }

    private func sample(_ index: Int) -> TimelineSample {
        let judgement = Judgement(probabilities: [.nudityExplicit: 0])
        return TimelineSample(
            index: index, position: index * 1000, time: nil, judgement: judgement,
            verdict: Verdict(judgement, asked: [.nudityExplicit], policy: Policy()), reused: false, failure: nil)
    }

    /// Adds samples of a stream while nothing can be written, and then one more.
    private func ended(after count: Int) async throws -> StoredJob {
        let store = try Store()
        let order = order("med_1")
        try await keep(order, in: store)
        let request = ModerationRequest([ModerationTask(name: "nudity", categories: [.nudityExplicit])])
        let taken = try #require(try await store.takeJob("med_1"))
        let log = CallbackTracker(taken.job, order, request, frames: [])
        let journal = JobJournal(taken, order, request, log: log, recorder: nil, try context(store))
        try await store.database.write { try $0.run("ALTER TABLE job_frame RENAME TO hidden") }
        for index in 0..<count {
            journal.add(sample(index), isLive: true)
            await #expect(throws: (any Error).self) { try await journal.write() }
        }
        try await store.database.write { try $0.run("ALTER TABLE hidden RENAME TO job_frame") }
        journal.add(sample(count), isLive: true)
        try await journal.write()
        try await journal.end(JobEnding(.finished))
        return try #require(try await store.job("med_1"))
    }

    @Test func `what a stream showed while the state could not be written is stored afterwards`() async throws {
        let job = try await ended(after: 6)
        #expect(job.progress.tally.total == 7 && job.frames == 7 && job.decision == .ok && job.missed == nil)
    }

    @Test func `what waited too long is missed, and the stream is not OK`() async throws {
        let job = try await ended(after: JobJournal.maxWaiting + 1)
        #expect(job.missed != nil && job.decision == .undetermined)
    }

    @Test func `the last callback says what is stored, when something was missed long before`() async throws {
        let store = try Store()
        var order = order("med_4")
        (order.callback, order.policy) = ("http://127.0.0.1:9/", Policy())
        try await keep(order, in: store)
        let request = ModerationRequest([ModerationTask(name: "nudity", categories: [.nudityExplicit])])
        let taken = try #require(try await store.takeJob("med_4"))
        let log = CallbackTracker(taken.job, order, request, frames: [])
        let journal = JobJournal(taken, order, request, log: log, recorder: nil, try context(store))
        journal.note(missed: "A part is missing.")
        journal.add(sample(0), isLive: false)
        try await journal.write()
        try await journal.end(JobEnding(.finished))
        #expect(try await store.job("med_4")?.decision == .undetermined)
        let body = try #require(
            try await store.database.read {
                try $0.value("SELECT body FROM callback ORDER BY number DESC") as Data?
            })
        #expect(try WireJSON.decode(SightengineProgress.self, from: body).data.outcome?.decision == .undetermined)
    }

    @Test func `the first picture is stored at once, also after a note that something was missed, and then they wait`()
        async throws
    {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let address = try await onThread { try PostgreSQLServer.makeDatabase() }
        let store = try await onThread { [url = folder.url] in
            try Store(PostgreSQLAddress(address, isSecret: true), folder: url)
        }
        let order = order("med_5")
        try await keep(order, in: store)
        let request = ModerationRequest([ModerationTask(name: "nudity", categories: [.nudityExplicit])])
        let taken = try #require(try await store.takeJob("med_5"))
        let log = CallbackTracker(taken.job, order, request, frames: [])
        let time = Mutex(Duration.zero)
        let clock = TimeSource(now: { time.withLock { $0 } }, wall: { 1e9 })
        let journal = JobJournal(taken, order, request, log: log, recorder: nil, try context(store, clock: clock))
        journal.note(missed: "The server was restarted during the stream.")
        try await journal.write()
        for index in 0..<2 {
            journal.add(sample(index), isLive: true)
            #expect(journal.isDue == (index == 0))
            if index == 0 { try await journal.write() }
        }
        time.withLock { $0 = .milliseconds(4999) }
        #expect(!journal.isDue)
        time.withLock { $0 = .seconds(5) }
        #expect(journal.isDue)
    }

    @Test func `jobs of a process that is gone are taken over while another runs`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let store = try Store(folder: folder.url)
        let jobs = VideoJobs(try context(store))
        try await jobs.takeWaiting()
        #expect(await jobs.count == 0)
        let copy = folder.url.appending(path: "a.job").path
        try FileManager.default.copyItem(atPath: Self.file, toPath: copy)
        try await keep(order("med_2", file: copy), in: store)
        var other: Store? = try Store(folder: folder.url)
        #expect(try await other?.takeJob("med_2") != nil)
        try await jobs.releaseAbandoned()
        try await jobs.takeWaiting()
        #expect(await jobs.count == 0)
        withExtendedLifetime(other) {}
        other = nil
        try await jobs.releaseAbandoned()
        try await jobs.takeWaiting()
        let job = try await store.ended("med_2")
        #expect(job.decision == .ok && job.progress.tally.total == 6)
        await jobs.end()
    }

    @Test func `who only delivers callbacks takes over no jobs`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let store = try Store(folder: folder.url)
        try await keep(order("med_3"), in: store)
        try await store.database.write { try $0.run("UPDATE job SET owner = 'nobody'") }
        try await store.adoptCallbacks()
        #expect(try await store.takeJob(live: false) == nil)
        try await store.releaseAbandonedJobs()
        #expect(try await store.takeJob(live: false)?.job.media == "med_3")
    }
}
