import CPrograms
import Foundation
import Moderation
import Runtime
import Synchronization

/// The programs of actions, run by a process of their own on behalf of one that may not start any. That process knows
/// the action files itself: it is told which one to run, and what with, but no program.
///
/// They talk in lines of JSON. A line is answered when its program has ended, so answers come in any order.
public final class ProgramHelper: ProgramHost {
    struct Order: Codable {
        let number: Int
        let action: String
        let event: Data
        /// Whether it is the end of the order with this number.
        var isCancelled = false
    }
    struct Answer: Codable {
        let number: Int
        let end: ProgramEnd
    }
    private struct State {
        var next = 1
        var waiting: [Int: CheckedContinuation<ProgramEnd, Never>] = [:]
        var isOver = false
        var isStarted = false
    }

    private let (input, output): (FileHandle, FileHandle)
    private let state = Mutex(State())
    /// Lines to write, in order. No more than the courier's attempts at once and their ends.
    private let (lines, line) = AsyncStream.makeStream(of: Data.self)

    /// Starts the process. Call it before this process gives up its rights; nothing here runs before the first program.
    /// - Parameter arguments: Those with which this program runs `serve(_:)`.
    /// - Throws: `POSIXError` if it cannot be started.
    public init(arguments: [String]) throws {
        var (input, output): (Int32, Int32) = (-1, -1)
        let environment = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
        let error = withCStrings(["/proc/self/exe"] + arguments) { argv in
            withCStrings(environment) { cpr_start(argv, $0, &input, &output) }
        }
        guard error == 0 else { throw POSIXError(.init(rawValue: -error) ?? .EIO) }
        (self.input, self.output) = (FileHandle(fileDescriptor: input), FileHandle(fileDescriptor: output))
    }

    deinit {
        line.finish()
        try? input.close()
    }

    /// As the protocol says.
    public func run(_ action: String, _ file: ActionFile, event: Data) async -> ProgramEnd {
        start()
        let number = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if !state.isOver { state.waiting[number] = continuation }
                    return state.isOver
                }
                if isOver { return continuation.resume(returning: Self.gone) }
                send(Order(number: number, action: action, event: event))
                // Cancelled before, it would not be ended.
                if Task.isCancelled { cancel(number, action) }
            }
        } onCancel: {
            cancel(number, action)
        }
    }

    private static let gone = ProgramEnd(problem: "the process that starts programs has ended")

    private func send(_ order: Order) {
        if let text = try? JSONEncoder().encode(order) { line.yield(text + [0x0A]) }
    }

    private func cancel(_ number: Int, _ action: String) {
        send(Order(number: number, action: action, event: Data(), isCancelled: true))
    }

    /// Reads and writes from now on.
    private func start() {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { return }
        // Not before: a thread that is there when rights are given up would keep them.
        let writing = BlockingThreads(count: 1, name: "framesift programs")
        Task { [lines, input] in
            // If nobody reads, the end of what is read tells.
            for await line in lines { await writing.run { try? input.write(contentsOf: line) } }
            writing.close()
        }
        let reader = Thread { [output, weak self] in
            for line in Lines(output) {
                if let answer = try? JSONDecoder().decode(Answer.self, from: line) { self?.end(answer) }
            }
            self?.endAll()
        }
        reader.name = "framesift programs"
        reader.start()
    }

    private func end(_ answer: Answer) {
        state.withLock { $0.waiting.removeValue(forKey: answer.number) }?.resume(returning: answer.end)
    }

    private func endAll() {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            state.isOver = true
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume(returning: Self.gone) }
    }

    // MARK: The other side

    /// Runs what is ordered on standard input until it ends, and then ends what still runs. Signals for the other
    /// process's group are ignored: it says when it is over.
    /// - Parameter files: The actions, by the names of their kinds.
    public static func serve(_ files: [String: ActionFile]) async {
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
        let programs = LocalPrograms()
        let answering = BlockingThreads(count: 1, name: "framesift answers")
        let (lines, continuation) = AsyncStream.makeStream(of: Data.self)
        let reader = Thread {
            for line in Lines(.standardInput) { continuation.yield(line) }
            continuation.finish()
        }
        reader.start()
        await withDiscardingTaskGroup { group in
            var running: [Int: Task<Void, Never>] = [:]
            for await line in lines {
                guard let order = try? JSONDecoder().decode(Order.self, from: line) else { continue }
                if order.isCancelled {
                    running.removeValue(forKey: order.number)?.cancel()
                    continue
                }
                guard let file = files[order.action] else { continue }
                let task = Task {
                    let end = await programs.run(order.action, file, event: order.event)
                    guard let answer = try? JSONEncoder().encode(Answer(number: order.number, end: end)) else { return }
                    await answering.run { try? FileHandle.standardOutput.write(contentsOf: answer + [0x0A]) }
                }
                running[order.number] = task
                group.addTask { await task.value }
                if running.count > 4 * LocalPrograms.limit {
                    // Numbers ascend; those long past are over.
                    running = running.filter { $0.key > order.number - 2 * LocalPrograms.limit }
                }
            }
            for task in running.values { task.cancel() }
        }
    }
}

/// The lines that can be read of a file, without their ends. Blocks.
private struct Lines: Sequence, IteratorProtocol {
    private let file: FileHandle
    private var rest = Data()
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    init(_ file: FileHandle) { self.file = file }

    mutating func next() -> Data? {
        while true {
            if let end = rest.firstIndex(of: 0x0A) {
                defer { rest = Data(rest[(end + 1)...]) }
                return Data(rest[..<end])
            }
            // FileHandle would wait until there are as many bytes as are asked for.
            let count = buffer.withUnsafeMutableBytes { read(file.fileDescriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return nil }
            rest.append(contentsOf: buffer[..<count])
        }
    }
}
