import Foundation
import Synchronization

/// Reads a file or a pipe line by line. Holds one line and one block.
public final class LineReader: Sendable {
    /// A line without what ends it, or that it is longer than allowed.
    public enum Line: Equatable, Sendable {
        case text([UInt8])
        case tooLong
    }

    /// The longest line, in bytes.
    static let maxLength = 1 << 16

    /// What is said of a line that is longer.
    public static var tooLong: String { "The line is longer than \(maxLength >> 10) KiB." }

    /// The file cannot be read.
    public struct Problem: Error, CustomStringConvertible {
        /// One sentence.
        public let description: String
    }

    private static let blockLength = 1 << 16
    /// How long the reader looks for a pipe's next bytes before it looks whether it is to stop, in ms.
    private static let patience: Int32 = 200

    private struct State {
        var block: [UInt8] = []
        var place = 0
        var isOver = false
    }

    private let descriptor: Int32
    private let isStopped: @Sendable () -> Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - descriptor: Closed with the reader, unless it is standard input.
    ///   - isStopped: Whether to read no more.
    init(descriptor: Int32, isStopped: @escaping @Sendable () -> Bool) {
        (self.descriptor, self.isStopped) = (descriptor, isStopped)
    }

    /// - Parameters:
    ///   - path: A file or a pipe; `-` for standard input.
    ///   - what: What it is, for messages.
    ///   - isStopped: Whether to read no more. Asked several times a second while nothing comes.
    /// - Throws: `Problem`.
    public convenience init(
        path: String, what: String, isStopped: @escaping @Sendable () -> Bool
    ) throws(Problem) {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Problem(description: "\(path): the \(what) cannot be read: \(String(cString: strerror(errno))).")
        }
        self.init(descriptor: descriptor, isStopped: isStopped)
    }

    /// What a path is called in messages.
    public static func name(of path: String) -> String { path == "-" ? "standard input" : path }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// The next line; `nil` at the end, or once it is stopped. Blocks.
    public func next() -> Line? { state.withLock { advance(&$0) } }

    private func advance(_ state: inout State) -> Line? {
        var line: [UInt8] = []
        var isTooLong = false
        while true {
            if state.place == state.block.count, !fill(&state) {
                return isTooLong ? .tooLong : line.isEmpty || isStopped() ? nil : .text(line)
            }
            let rest = state.block[state.place...]
            let part = rest.prefix { $0 != UInt8(ascii: "\n") }
            if line.count + part.count > Self.maxLength { isTooLong = true }
            line = isTooLong ? [] : line + part
            state.place = part.endIndex
            if part.endIndex < state.block.count {
                state.place += 1
                return isTooLong ? .tooLong : .text(line)
            }
        }
    }

    /// - Returns: Whether there are more bytes.
    private func fill(_ state: inout State) -> Bool {
        while !state.isOver, !isStopped() {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, Self.patience)
            if ready == 0 || (ready < 0 && errno == EINTR) { continue }
            let block = [UInt8](unsafeUninitializedCapacity: Self.blockLength) { buffer, count in
                count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
            }
            (state.block, state.place, state.isOver) = (block, 0, block.isEmpty)
            return !block.isEmpty
        }
        return false
    }
}
