import Foundation
import FrameSampling
import Moderation
import Runtime
import Synchronization

/// A folder for pictures and clips of hits. If it exceeds its limits, the oldest files of this run are deleted.
public final class EvidenceFolder: Sendable {
    private struct Kept {
        var files: [(path: String, bytes: Int)] = []
        var bytes = 0
        var isFull = false
    }
    private let folder: String
    private let maxFiles, maxBytes: Int
    /// The seconds before and after a hit that a clip shows; `nil` for no clips.
    public let clipMargin: Int?
    private let kept = Mutex(Kept())
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
        self.maxFiles = maxFiles
        self.maxBytes = maxBytes
        self.clipMargin = clipMargin
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { disk.close() }

    /// Writes a picture as a JPEG.
    /// - Returns: Its path; `nil` if it could not be written.
    func keep(_ picture: any Picture, _ name: String) async -> String? {
        await keep(name) { path in
            let jpeg = try picture.jpeg(within: JPEGLimits(longestSide: 1280, quality: 85))
            try Data(jpeg).write(to: URL(filePath: path), options: .atomic)
            return jpeg.count
        }
    }

    /// Writes a clip of a connection.
    /// - Returns: Its path; `nil` if it could not be written.
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
            while kept.files.count > 1, kept.files.count > maxFiles || kept.bytes > maxBytes {
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

    /// The text with characters replaced that are not safe in file names.
    static func safe(_ text: String) -> String {
        let letters = text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return String(letters.suffix(80))
    }
}
