import Base
import Dispatch
import Foundation
import Runtime
import Synchronization

/// Files uploaded ahead of their jobs, each to a slot of its own, and files of running jobs.
///
/// A file that waits for its job is named after its medium and the digits of its key's name. The file of a job has the
/// suffix `.job`.
final class UploadSlots: Sendable {
    private struct Slot {
        let token: String
        let key: String
        let expires: Double
        var isClaimed = false
    }
    private let slots = Mutex<[String: Slot]>([:])
    private let folder: URL
    private let clock: TimeSource
    private let disk: BlockingThreads

    private static let maxSlots = 64
    /// Seconds.
    private static let slotLifetime = 3600.0
    /// How long an uploaded file waits for its job, in seconds.
    private static let fileLifetime = 86_400.0

    /// - Parameters:
    ///   - folder: Created when needed, accessible only to its owner.
    ///   - disk: Threads for reading and writing.
    init(folder: URL, disk: BlockingThreads, clock: TimeSource) {
        self.folder = folder
        self.disk = disk
        self.clock = clock
    }

    /// Creates a slot for one file.
    /// - Parameter key: The name of the key that may use the file.
    /// - Returns: The medium's id, the token that the upload must bring, and when the slot expires, in Unix seconds.
    /// - Throws: `Refusal.overloaded` if there are 64 slots, or 64 files that wait for their jobs.
    func make(key: String) async throws -> (media: String, token: String, expires: Double) {
        guard await disk.run({ self.countWaiting() }) < Self.maxSlots else { throw Refusal.overloaded }
        let media = Identifiers.word("med")
        let slot = Slot(token: Identifiers.hexadecimal(), key: key, expires: clock.wall() + Self.slotLifetime)
        try slots.withLock { slots in
            slots = slots.filter { $0.value.expires > clock.wall() }
            guard slots.count < Self.maxSlots else { throw Refusal.overloaded }
            slots[media] = slot
        }
        return (media, slot.token, slot.expires)
    }

    /// The files in the folder and their ages in seconds.
    private func files() -> [(path: String, age: Double)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.compactMap { name in
            let path = folder.appending(path: name).path
            var status = stat()
            return stat(path, &status) == 0 ? (path, clock.wall() - Double(status.st_mtim.tv_sec)) : nil
        }
    }

    /// Counts the files that wait for their jobs. Removes those that have waited for too long.
    private func countWaiting() -> Int {
        let waiting = files().filter { !$0.path.hasSuffix(".job") }
        let forgotten = waiting.filter { $0.age > Self.fileLifetime }
        for file in forgotten { unlink(file.path) }
        return waiting.count - forgotten.count
    }

    /// The right to fill a slot. Releasing it unfilled makes the slot available again.
    final class Claim: Sendable {
        private let slots: UploadSlots
        private let media: String
        private let key: String

        fileprivate init(_ slots: UploadSlots, media: String, key: String) {
            self.slots = slots
            self.media = media
            self.key = key
        }

        deinit { slots.slots.withLock { $0[media]?.isClaimed = false } }

        /// Stores the file and removes the slot.
        /// - Throws: `POSIXError` or Foundation's error if the file cannot be written.
        func fill(with upload: Upload) async throws {
            _ = try await slots.store(upload, as: "\(media).\(key.utf8.hexadecimal)")
            slots.slots.withLock { $0[media] = nil }
        }
    }

    /// Claims a slot.
    /// - Throws: `Refusal.unknownMedia` if it does not exist, has expired, or is already claimed.
    func claim(_ media: String, token: String) throws(Refusal) -> Claim {
        try slots.withLock { slots throws(Refusal) in
            guard let slot = slots[media], slot.token == token, slot.expires > clock.wall(), !slot.isClaimed else {
                throw .unknownMedia
            }
            slots[media]?.isClaimed = true
            return Claim(self, media: media, key: slot.key)
        }
    }

    /// Hands an uploaded file over to a job, which must remove it.
    /// - Parameter key: The name of the key that made the slot.
    /// - Returns: The file's path.
    /// - Throws: `Refusal.unknownMedia` if there is no such file.
    func take(_ media: String, key: String) throws(Refusal) -> String {
        // Anything else could name another file.
        guard media.wholeMatch(of: /[A-Za-z0-9_]+/) != nil else { throw .unknownMedia }
        let path = folder.appending(path: "\(media).\(key.utf8.hexadecimal)").path
        let taken = path + ".job"
        guard rename(path, taken) == 0 else { throw .unknownMedia }
        return taken
    }

    /// Undoes `take` or `store` for a refused job: an uploaded file waits again, another is removed.
    func giveBack(_ source: JobOrder.Source) async {
        guard case .file(let path) = source else { return }
        // The folder's own path may contain periods.
        let wasUploaded = URL(filePath: path).deletingPathExtension().lastPathComponent.contains(".")
        // Nothing is to be done if the file no longer exists.
        _ = await disk.run {
            wasUploaded ? rename(path, String(path.dropLast(4))) : unlink(path)
        }
    }

    /// Removes files of jobs that have ended. Files younger than an hour are kept, since their jobs may not be stored
    /// yet.
    /// - Parameter kept: The paths of files that jobs still need.
    func removeOrphans(besides kept: Set<String>) async {
        await disk.run { [self] in
            for (path, age) in files()
            where path.hasSuffix(".job") && !kept.contains(path) && age > Self.slotLifetime {
                unlink(path)
            }
        }
    }

    /// Stores a file that came with its job.
    /// - Returns: The file's path.
    /// - Throws: `POSIXError` or Foundation's error if the file cannot be written.
    func store(_ upload: Upload, as name: String) async throws -> String {
        let path = folder.appending(path: name).path
        try await disk.run { [folder] in
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try upload.copy(to: path)
        }
        return path
    }
}
