import Foundation
import Synchronization

/// Reads a file or a pipe line by line. Holds one line and one block.
final class LineReader: Sendable {
    /// A line without what ends it, or that it is longer than allowed.
    enum Line: Equatable {
        case text([UInt8])
        case tooLong
    }

    /// The longest line, in bytes.
    static let maxLength = 1 << 16
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

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// The next line; `nil` at the end, or once it is stopped. Blocks.
    func next() -> Line? { state.withLock { advance(&$0) } }

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
