import CSandbox
import Synchronization

/// Whether decoding happens in processes that can do nothing else.
public enum SandboxMode: String, Hashable, Sendable, CaseIterable {
    /// Always. Where it is not possible, nothing is decoded.
    case on
    /// Never: in this process.
    case off
    /// Where it is possible.
    case auto
}

/// The processes that decode.
///
/// What strangers send is decoded in *workers*: processes without files, network, or a way to start programs, and with
/// limits of memory and time. One is used for each video or stream, and for a few images in a row. Its crash ends its input,
/// and nothing else.
public enum DecoderSandbox {
    /// What stands between workers and the rest.
    public struct Walls: Hashable, Sendable {
        /// Whether there are workers.
        public let isAvailable: Bool
        /// Whether the system calls of workers are filtered (seccomp).
        public let isFiltered: Bool
        /// The kernel's version of Landlock; 0 if it has none.
        public let landlock: Int
        /// Whether workers can no longer be started, since the process that they are forked from has ended.
        public let isLost: Bool
    }

    /// Workers since the start of the process.
    public struct Counts: Hashable, Sendable {
        /// Workers that were given an input, and those of them that still exist.
        public let started, alive: Int
        /// Workers that crashed; that exceeded a limit of time or memory; that made no progress; that sent what makes no
        /// sense; that made a system call which only an attack makes.
        public let crashed, limited, hung, garbled, forbidden: Int
    }

    private static let setting = Atomic<Int>(SandboxMode.allCases.count - 1)

    /// What applies where an option does not say. Default `.auto`.
    public static var mode: SandboxMode {
        get { SandboxMode.allCases[setting.load(ordering: .relaxed)] }
        set { setting.store(SandboxMode.allCases.firstIndex(of: newValue) ?? 0, ordering: .relaxed) }
    }

    /// Starts the process that workers are forked from. Call this first in `main`, before there are threads: what the
    /// process holds in memory then, workers can read. The environment and the arguments are erased there.
    ///
    /// - Returns: Whether there are workers now; `walls` says so, too.
    @discardableResult
    public static func start() -> Bool { csb_start() == 0 }

    /// Keeps a worker waiting for the next input at all times, which saves that input two milliseconds. For servers.
    public static func keepWarm() { csb_keep_warm() }

    private static let observer = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// Has every death of a worker told, in a few words. Call this before anything is opened.
    /// - Parameter tell: Called on any thread. Must return quickly.
    public static func observeDeaths(_ tell: @escaping @Sendable (String) -> Void) {
        observer.withLock { $0 = tell }
        csb_observe_deaths { reason in
            let tell = DecoderSandbox.observer.withLock { $0 }
            tell?(FrameSamplingError(code: reason, name: "").cause)
        }
    }

    /// What holds since `start()`.
    public static var walls: Walls {
        let walls = csb_walls_now()
        return Walls(
            isAvailable: walls.apart, isFiltered: walls.filter, landlock: Int(walls.landlock),
            isLost: walls.lost)
    }

    /// Counts so far.
    public static var counts: Counts {
        let counts = csb_counts_now()
        return Counts(
            started: Int(counts.started), alive: Int(counts.alive), crashed: Int(counts.crashed),
            limited: Int(counts.limited), hung: Int(counts.hung), garbled: Int(counts.garbled),
            forbidden: Int(counts.forbidden))
    }

    /// Whether an input is decoded in a worker.
    /// - Parameter mode: What its options say; `nil`: as `DecoderSandbox.mode` says.
    package static func applies(_ mode: SandboxMode?) -> Bool {
        switch mode ?? Self.mode {
        case .on: true
        case .off: false
        case .auto: walls.isAvailable
        }
    }
}
