import Foundation
import Runtime
import Synchronization

/// A folder for pictures and clips of hits. If it exceeds its limits, the oldest files of this run are deleted.
public final class EvidenceFolder: EvidencePlace {
    private let folder: String
    public let clipMargin: Int?
    private let kept: Mutex<EvidenceLimits>
    private let lost = Atomic(0)
    private let problem: @Sendable (String) -> Void
    private let disk = BlockingThreads(count: 1, name: "framesift evidence")

    /// Creates the folder if it is missing.
    /// - Parameters:
    ///   - folder: The folder's path.
    ///   - maxFiles: Default 1000.
    ///   - maxBytes: Default 1 GiB.
    ///   - clipMargin: The seconds before and after a hit that a clip shows; `nil` for no clips.
    ///   - problem: Called with a sentence if a file could not be written, and once when old files begin to be deleted.
    /// - Throws: The system's error if the folder cannot be created.
    public init(
        folder: String, maxFiles: Int = 1000, maxBytes: Int = 1 << 30, clipMargin: Int? = nil,
        problem: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        self.problem = problem
        self.folder = folder
        self.clipMargin = clipMargin
        kept = Mutex(EvidenceLimits(maxFiles: maxFiles, maxBytes: maxBytes))
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { disk.close() }

    /// See `EvidencePlace`.
    public func keep(_ name: String, _ write: @escaping @Sendable (String) throws -> Int) async -> String? {
        let path = folder + "/" + name
        let bytes: Int
        do {
            bytes = try await disk.run { try write(path) }
        } catch {
            lost.add(1, ordering: .relaxed)
            problem("\(path): not written: \(error)")
            return nil
        }
        let (surplus, isFirst) = kept.withLock { $0.add(path, bytes: bytes) }
        if isFirst { problem(EvidenceLimits.fullSentence(folder)) }
        for path in surplus { try? FileManager.default.removeItem(atPath: path) }
        return path
    }

    /// Nothing waits here.
    public func finish(within limit: Duration) async -> Int { lost.load(ordering: .relaxed) }
}
