import Foundation
import FrameSampling
import Moderation

/// Where pictures and clips of hits are kept.
public protocol EvidencePlace: Sendable {
    /// The seconds before and after a hit that a clip shows; `nil` for no clips.
    var clipMargin: Int? { get }

    /// Keeps what `write` writes to the path that it is given. It returns the number of bytes.
    /// - Returns: Where it is, or will be; `nil` if it is not kept.
    func keep(_ name: String, _ write: @escaping @Sendable (String) throws -> Int) async -> String?

    /// Ends keeping, once what waits is kept.
    /// - Parameter limit: The longest time to wait for that.
    /// - Returns: How many pictures and clips were not kept, from the beginning.
    func finish(within limit: Duration) async -> Int
}

extension EvidencePlace {
    /// Keeps a picture as a JPEG.
    /// - Returns: As above.
    func keep(_ picture: any Picture, _ name: String) async -> String? {
        await keep(name) { path in
            let jpeg = try picture.jpeg(within: JPEGLimits(longestSide: 1280, quality: 85))
            try Data(jpeg).write(to: URL(filePath: path), options: .atomic)
            return jpeg.count
        }
    }

    /// Keeps a clip of a connection.
    /// - Returns: As above.
    func keep(clip stretch: Range<Duration>, of connection: LiveConnection, _ name: String) async -> String? {
        await keep(name) { try connection.clip(stretch, to: $0).bytes }
    }
}

/// What is kept, and what goes for it. Pure.
struct EvidenceLimits {
    private let maxFiles, maxBytes: Int
    private var files: [(name: String, bytes: Int)] = []
    private var bytes = 0
    private var isFull = false

    /// - Parameters:
    ///   - maxFiles: At least 1.
    ///   - maxBytes: Of all together, unless a single one is larger.
    init(maxFiles: Int, maxBytes: Int) { (self.maxFiles, self.maxBytes) = (maxFiles, maxBytes) }

    /// Adds a file, or replaces the one of that name.
    /// - Returns: The oldest, which have to go, and whether these are the first ones.
    mutating func add(_ name: String, bytes count: Int) -> (surplus: [String], isFirst: Bool) {
        bytes += count
        if let known = files.firstIndex(where: { $0.name == name }) { bytes -= files.remove(at: known).bytes }
        files.append((name, count))
        var surplus: [String] = []
        while files.count > 1, files.count > maxFiles || bytes > maxBytes {
            let oldest = files.removeFirst()
            bytes -= oldest.bytes
            surplus.append(oldest.name)
        }
        let isFirst = !isFull && !surplus.isEmpty
        isFull = isFull || isFirst
        return (surplus, isFirst)
    }

    /// What is said when the first ones go.
    static func fullSentence(_ place: String) -> String {
        "\(place) is full: for each new file the oldest is deleted from now on."
    }
}

/// Makes texts fit for file names and keys.
enum EvidenceName {
    /// The text with characters replaced that are not safe, 80 of them at most.
    static func safe(_ text: String) -> String {
        let letters = text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return String(letters.suffix(80))
    }
}
