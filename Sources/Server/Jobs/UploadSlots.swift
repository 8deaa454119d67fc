import Base
import Foundation
import Runtime
import Synchronization

/// Files sent ahead of a job: each to an address of its own that was given for it, once.
final class UploadSlots: Sendable {
    private struct Slot {
        let token: String
        let key: String
        let expires: Double
        var isClaimed = false
    }
    private let slots = Mutex<[String: Slot]>([:])
    private let folder: URL
    private let identifiers: Identifiers
    private let clock: TimeSource
    private let disk: BlockingThreads

    private static let mostSlots = 64
    /// s.
    private static let age = 3600.0
    /// s.
    private static let longestWait = 86_400.0

    /// - Parameter folder: Made when it is needed, for its owner alone.
    init(folder: URL, identifiers: Identifiers, disk: BlockingThreads, clock: TimeSource) {
        self.folder = folder
        self.identifiers = identifiers
        self.disk = disk
        self.clock = clock
    }

    /// Makes a slot. Throws `Refusal.overloaded` when there are too many, or too many files wait for their jobs.
    func make(key: String) async throws -> (media: String, token: String, expires: Double) {
        guard try await disk.run({ try self.countWaiting() }) < Self.mostSlots else { throw Refusal.overloaded }
        let media = "med_" + identifiers.word()
        let slot = Slot(token: identifiers.hexadecimal(), key: key, expires: clock.wall() + Self.age)
        try slots.withLock { slots in
            slots = slots.filter { $0.value.expires > clock.wall() }
            guard slots.count < Self.mostSlots else { throw Refusal.overloaded }
            slots[media] = slot
        }
        return (media, slot.token, slot.expires)
    }

    /// Files sent ahead whose jobs have not come; those that waited for a day go.
    private func countWaiting() throws -> Int {
        let files = FileManager.default
        guard let names = try? files.contentsOfDirectory(atPath: folder.path) else { return 0 }
        var waiting = 0
        for name in names where !name.hasSuffix(".job") {
            let path = folder.appending(path: name).path
            let sent = try? files.attributesOfItem(atPath: path)[.modificationDate] as? Date
            if let sent, clock.wall() - sent.timeIntervalSince1970 > Self.longestWait {
                try? files.removeItem(atPath: path)
            } else {
                waiting += 1
            }
        }
        return waiting
    }

    /// A slot that a file is on its way to, and no other. Given back when it is let go without one.
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

        /// Takes the file; there is no slot any more after that.
        func fill(with upload: Upload) async throws {
            _ = try await slots.keep(upload, as: "\(media).\(key.utf8.hexadecimal)")
            slots.slots.withLock { $0[media] = nil }
        }
    }

    /// Throws `Refusal.unknownMedia` when there is no such slot, or no more, or somebody has it.
    func claim(_ media: String, token: String) throws -> Claim {
        try slots.withLock { slots in
            guard let slot = slots[media], slot.token == token, slot.expires > clock.wall(), !slot.isClaimed else {
                throw Refusal.unknownMedia
            }
            slots[media]?.isClaimed = true
            return Claim(self, media: media, key: slot.key)
        }
    }

    /// The file that was sent for a medium with this key; it is the job's from now on.
    func take(_ media: String, key: String) throws -> String {
        guard media.utf8.allSatisfy({ $0 == UInt8(ascii: "_") || ($0 < 128 && Character(.init($0)).isLetterOrNumber) })
        else { throw Refusal.unknownMedia }
        let path = folder.appending(path: "\(media).\(key.utf8.hexadecimal)").path
        let taken = path + ".job"
        guard rename(path, taken) == 0 else { throw Refusal.unknownMedia }
        return taken
    }

    /// A job that was to take the file was refused: a file that was sent ahead waits on, another is gone.
    func giveBack(_ source: JobOrder.Source) async {
        guard case .file(let path) = source else { return }
        let isSentAhead = path.hasSuffix(".job") && path.dropLast(4).contains(".")
        // Fails only where the file is gone anyway.
        _ = try? await disk.run {
            isSentAhead ? rename(path, String(path.dropLast(4))) : unlink(path)
        }
    }

    /// Removes files of jobs that are over. Young ones may belong to jobs that are just being stored.
    func removeOrphans(besides kept: Set<String>) async throws {
        let oldest = clock.wall() - Self.age
        try await disk.run { [folder] in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for path in names.map({ folder.appending(path: $0).path })
            where path.hasSuffix(".job") && !kept.contains(path) {
                var status = stat()
                if stat(path, &status) == 0, Double(status.st_mtim.tv_sec) < oldest { unlink(path) }
            }
        }
    }

    /// Keeps a file that came with the job itself.
    func keep(_ upload: Upload, as name: String) async throws -> String {
        let path = folder.appending(path: name).path
        try await disk.run { [folder] in
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try upload.copy(to: path)
        }
        return path
    }
}

extension Character {
    fileprivate var isLetterOrNumber: Bool { isLetter || isNumber }
}
