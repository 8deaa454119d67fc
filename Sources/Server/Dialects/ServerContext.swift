import Base
import Digests
import Foundation
import Logging
import Moderation
import ObjectStorage
import Pipeline
import Runtime
import Store
import Wire

/// What all dialects share.
struct ServerContext: Sendable {
    let judge: any ImageJudge
    let options: ServerOptions
    let access: Access
    let images: ImageModeration
    /// Judges videos while clients wait.
    let videos: VideoModeration
    /// Fetches images at addresses.
    let fetcher: ImageFetcher
    let store: Store
    let clock: TimeSource
    let logger: Logger
    /// Threads for reading and writing uploads.
    let disk: BlockingThreads
    /// Judges videos and streams in the background.
    let jobs: VideoJobs
    /// The files of jobs.
    let uploads: UploadSlots

    /// Submits a job. If it is refused, its file is given back.
    /// - Parameter key: The name of the key that submits it.
    /// - Throws: `Refusal.tooManyJobs` or `StoreProblem`.
    func submit(_ order: JobOrder, key: String) async throws {
        do {
            try await jobs.submit(try await moved(order), key: key)
        } catch let error as ObjectStorageError {
            await uploads.giveBack(order.source)
            logger.error("upload not stored", metadata: ["error": "\(error)"])
            throw Refusal.overloaded
        } catch {
            await uploads.giveBack(order.source)
            throw error
        }
    }

    /// The order with its file in the bucket for media, if there is one.
    private func moved(_ order: JobOrder) async throws -> JobOrder {
        guard let media = options.media, case .file(let path) = order.source else { return order }
        var order = order
        order.source = .object(try await media.store(path, as: order.media))
        unlink(path)
        return order
    }

    /// The wall clock's time.
    var now: Date { Date(timeIntervalSince1970: clock.wall()) }

    /// The image of a source, fetched if it is an address.
    /// - Throws: `Refusal`, or `POSIXError` if it cannot be written to disk.
    func image(_ source: MediaSource, _ rules: ImageRules) async throws -> Upload {
        switch source {
        case .upload(let file): file
        case .address(let url): try await fetcher.fetch(url, limit: rules.maxBytes)
        }
    }

    /// Turns a source into that of a job, which then owns the file.
    /// - Throws: `Refusal.badURL`, or `POSIXError` or Foundation's error if the file cannot be written.
    func jobSource(_ source: MediaSource, for media: String) async throws -> JobOrder.Source {
        switch source {
        case .upload(let file): return .file(try await uploads.store(file, as: media + ".job"))
        case .address(let url):
            guard WebAddress.isValid(url, schemes: VideoModeration.schemes) else { throw Refusal.badURL }
            return .address(url)
        }
    }

    /// The tasks in a request's list, as a service parses it.
    /// - Throws: `Refusal`.
    func tasks(
        _ list: String?, _ parse: (String) throws(TaskError) -> [ModerationTask]
    ) throws(Refusal) -> [ModerationTask] {
        do {
            return try parse(list ?? "")
        } catch {
            throw Refusal(error)
        }
    }

    /// The tasks that the judge serves. Those that it cannot are refused; with `isPartial`, only if none is left.
    /// - Throws: `Refusal.unservedTask`.
    func served(_ tasks: [ModerationTask]) throws(Refusal) -> [ModerationTask] {
        let available = judge.categories
        let wholly = tasks.compactMap { $0.served(by: available) }
        if wholly.count == tasks.count { return wholly }
        let partly = tasks.compactMap { $0.partlyServed(by: available) }
        if options.isPartial, !partly.isEmpty { return partly }
        let unserved = tasks.first { $0.served(by: available) == nil }
        throw .unservedTask(unserved?.name ?? "", served: servedNames(like: tasks))
    }

    /// The tasks and the permanent ones as a request, with the key's or the server's policy.
    /// - Parameter interval: Seconds between pictures.
    func request(_ tasks: [ModerationTask], by key: AdmittedKey, interval: Double = 1) -> ModerationRequest {
        let policy = key.policy ?? options.policy ?? Policy()
        return ModerationRequest(
            tasks + judge.standingTasks, policy: policy.served(by: judge, interval: .seconds(interval)),
            interval: .seconds(interval))
    }

    /// The policy that is stored with a job; `nil` if neither the key nor the server has one.
    /// - Parameter interval: Seconds between pictures.
    func jobPolicy(_ key: AdmittedKey, interval: Double) -> Policy? {
        (key.policy ?? options.policy)?.served(by: judge, interval: .seconds(interval))
    }

    /// Whether answers include the policy's decision, which the service's own do not.
    func includesDecision(_ key: AdmittedKey) -> Bool { key.policy ?? options.policy != nil }

    private func servedNames(like tasks: [ModerationTask]) -> [String] {
        let usesTaskNames = tasks.contains { PicPurifyTask.categories[$0.name] != nil }
        let known = usesTaskNames ? PicPurifyTask.categories : SightengineModel.decided
        return TaskVocabulary.ofServices.names(servedBy: judge.categories).filter { known[$0] != nil }
    }

    /// The digest of an upload, in hexadecimal.
    /// - Throws: Foundation's error if the file cannot be read.
    func digest(of upload: Upload, _ function: HashFunction) async throws -> String {
        try await disk.run { try upload.withBytes { Digest(function, of: $0).hexadecimal } }
    }
}
