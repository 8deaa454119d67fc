import Foundation
import FrameSampling
import Moderation
import Runtime
import Synchronization

/// A folder for pictures and clips of hits. Bounded: when there are too many, the oldest that were written here go.
public final class EvidenceFolder: Sendable {
    public struct Limits: Hashable, Sendable {
        /// Default 1000.
        public var files = 1000
        /// Default 1 GiB.
        public var bytes = 1 << 30
        public init() {}
    }

    private struct Kept {
        var files: [(path: String, bytes: Int)] = []
        var bytes = 0
        var isFull = false
    }
    private let folder: String
    private let limits: Limits
    /// Seconds before and after a hit; `nil` for no clips.
    public let clipMargin: Int?
    private let kept = Mutex(Kept())
    private let problem: @Sendable (String) -> Void
    private let disk = BlockingThreads(count: 1, name: "framesift evidence")

    /// Makes the folder if it is missing. Throws what the file system says.
    /// - Parameters:
    ///   - clipMargin: Seconds before and after a hit that a clip shows; `nil`: no clips.
    ///   - problem: Hears of files that could not be written, and once that old ones are deleted: one sentence each.
    public init(
        folder: String, limits: Limits = Limits(), clipMargin: Int? = nil,
        problem: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        self.problem = problem
        self.folder = folder
        self.limits = limits
        self.clipMargin = clipMargin
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { disk.close() }

    /// Writes a picture as a JPEG. Returns its path; `nil` when it could not be written.
    func keep(_ picture: any Still, _ name: String) async -> String? {
        await keep(name) { path in
            let jpeg = try picture.jpeg(within: JPEGLimits(longestSide: 1280, quality: 85))
            try Data(jpeg).write(to: URL(filePath: path), options: .atomic)
            return jpeg.count
        }
    }

    /// Writes a clip of a connection.
    func keep(clip stretch: Range<Duration>, of connection: LiveConnection, _ name: String) async -> String? {
        await keep(name) { try connection.clip(stretch, to: $0).bytes }
    }

    private func keep(_ name: String, _ write: @escaping @Sendable (String) throws -> Int) async -> String? {
        let path = folder + "/" + name
        let bytes: Int
        do {
            bytes = try await disk.run { try write(path) }
        } catch {
            problem("\(path): not written: \(error)")
            return nil
        }
        let (surplus, isFirst) = kept.withLock { kept -> ([String], Bool) in
            kept.bytes += bytes
            if let known = kept.files.firstIndex(where: { $0.path == path }) {
                kept.bytes -= kept.files.remove(at: known).bytes
            }
            kept.files.append((path, bytes))
            var surplus: [String] = []
            while kept.files.count > 1, kept.files.count > limits.files || kept.bytes > limits.bytes {
                let oldest = kept.files.removeFirst()
                kept.bytes -= oldest.bytes
                surplus.append(oldest.path)
            }
            let isFirst = !kept.isFull && !surplus.isEmpty
            if isFirst { kept.isFull = true }
            return (surplus, isFirst)
        }
        if isFirst { problem("\(folder) is full: for each new file the oldest is deleted from now on.") }
        for path in surplus { try? FileManager.default.removeItem(atPath: path) }
        return path
    }

    /// A name that is safe in a file system.
    static func safe(_ text: String) -> String {
        let letters = text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return String(letters.suffix(80))
    }
}
