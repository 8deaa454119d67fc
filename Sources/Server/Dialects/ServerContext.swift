import Base
import Crypto
import Foundation
import Moderation
import Pipeline
import Runtime
import Store
import Wire

/// What every dialect answers with: the judge and what leads to it.
struct ServerContext: Sendable {
    let judge: any ImageJudge
    /// Unjudged models of a request are left out instead of refusing it.
    let isPartial: Bool
    /// `nil`: none was given.
    let policy: Policy?
    let access: Access
    let images: ImageModeration
    let videos: VideoModeration
    let fetcher: ImageFetcher
    let store: Store
    let identifiers: Identifiers
    let clock: TimeSource
    /// Threads for reading and writing uploads.
    let disk: BlockingThreads
    /// Bytes of an uploaded video.
    let maxVideoBytes: Int
    /// Bytes read of a video at a URL.
    let maxVideoURLBytes: Int
    /// Bytes of a video sent ahead of its job.
    let maxLargeVideoBytes: Int
    let jobs: VideoJobs
    let uploads: UploadSlots

    /// Submits a job; a file of it is not left behind when it is refused. Throws `Refusal`.
    func submit(_ order: JobOrder, key: String) async throws {
        do {
            try await jobs.submit(order, key: key)
        } catch {
            await uploads.giveBack(order.source)
            throw error
        }
    }

    /// The time of day.
    var now: Date { Date(timeIntervalSince1970: clock.wall()) }

    /// The image itself, fetched if it is at an address.
    /// - Throws: `Refusal`.
    func image(_ source: MediaSource, _ rules: ImageRules) async throws -> Upload {
        switch source {
        case .upload(let file): file
        case .address(let url): try await fetcher.fetch(url, limit: rules.maxBytes)
        }
    }

    /// The source of a job: a file is kept for it.
    /// - Throws: `Refusal.badURL`, or what the disk says.
    func keep(_ source: MediaSource, for media: String) async throws -> JobOrder.Source {
        switch source {
        case .upload(let file): return .file(try await uploads.keep(file, as: media + ".job"))
        case .address(let url):
            guard WebAddress.isValid(url, schemes: VideoModeration.schemes) else { throw Refusal.badURL }
            return .address(url)
        }
    }

    /// Of the tasks asked, those the judge serves. Without `isPartial` one that it does not serve is refused; with it,
    /// only when none is served.
    func served(_ tasks: [ModerationTask]) throws -> [ModerationTask] {
        let available = judge.categories
        let wholly = tasks.compactMap { $0.served(by: available) }
        if wholly.count == tasks.count { return wholly }
        let partly = tasks.compactMap { $0.partlyServed(by: available) }
        if isPartial, !partly.isEmpty { return partly }
        let unserved = tasks.first { $0.served(by: available) == nil }
        throw Refusal.unservedTask(unserved?.name ?? "", served: servedNames(like: tasks))
    }

    /// What a key asks for, decided by its own policy, else by the server's.
    /// - Parameter interval: Seconds.
    func request(_ tasks: [ModerationTask], by pass: Pass, interval: Double = 1) -> ModerationRequest {
        let tasks = tasks + judge.standingTasks
        let policy = pass.policy ?? self.policy ?? .standard(for: tasks)
        return ModerationRequest(
            tasks, policy: policy.served(by: judge, interval: .seconds(interval)), interval: .seconds(interval))
    }

    /// The policy that a job keeps to its end, whatever happens to the server; `nil`: none was given.
    func orderedPolicy(_ pass: Pass, interval: Double) -> Policy? {
        (pass.policy ?? policy)?.served(by: judge, interval: .seconds(interval))
    }

    /// Whether answers say what a policy decides, which a service's own answers do not.
    func tellsDecision(_ pass: Pass) -> Bool { pass.policy ?? policy != nil }

    private func servedNames(like tasks: [ModerationTask]) -> [String] {
        let usesTaskNames = tasks.contains { PicPurifyTask.categories[$0.name] != nil }
        let known = usesTaskNames ? PicPurifyTask.categories : SightengineModel.decided
        return TaskVocabulary.ofServices.names(servedBy: judge.categories).filter { known[$0] != nil }
    }

    /// The digest of an upload, hexadecimal.
    func digest<Hash: HashFunction & Sendable>(of upload: Upload, _ function: Hash.Type) async throws -> String {
        try await disk.run {
            try upload.withBytes { bytes in
                var hash = Hash()
                hash.update(bufferPointer: bytes)
                return hash.finalize().hexadecimal
            }
        }
    }
}
