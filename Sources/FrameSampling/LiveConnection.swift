import Base
import CFrameSampler
import Glibc
import Moderation

/// How a live stream is read and sampled.
public struct LiveOptions: Hashable, Sendable {
    /// Between positions. Default 1 s.
    public var interval: Duration = .seconds(1)
    public var mode: SamplingOptions.Mode = .exact
    /// For opening and probing together. Default 15 s.
    public var openDeadline: Duration = .seconds(15)
    /// For each read. Default 10 s.
    public var readDeadline: Duration = .seconds(10)
    /// A position that waited longer than this to be decoded, or then to be judged, is given up. Default 10 s.
    public var maxLag: Duration = .seconds(10)
    /// Undecoded packets held at most, bytes. Default 16 MiB.
    public var heldBytes = 16 << 20
    /// Packets kept for clips, bytes; 0 for none. Default 0.
    public var keptBytes = 0
    /// Width × height of a coded picture. Default 8192 × 8192.
    public var maxPixels = 8192 * 8192
    /// RTSP's media over UDP instead of its own TCP connection. Default false.
    public var usesUDP = false
    public var userAgent = "framesift"
    /// Who named the address.
    public var addresses: AddressTrust = .trusted

    public init() {}
}

/// A position of a live stream and the picture on screen there.
public struct LiveSample: Sendable {
    /// ns since the first picture of the connection; never runs backwards.
    public let position: Duration
    /// 0, 1 …: goes up when the stream's timestamps start anew.
    public let continuity: Int
    /// Of a continuity's first position: how long nothing was received before it.
    public let gap: Duration
    public let time: MediaTime
    /// How long ago the picture was received.
    public let age: Duration
    /// How long ago its position was due, which is when a later packet showed that no other picture belongs there: since then
    /// it waited to be decoded and taken.
    public let waited: Duration
    /// The same picture as at the position before, which `picture` then is not repeated for.
    public let reused: Bool
    /// It could not be decoded, or only with errors.
    public let damaged: Bool
    /// Given up because decoding, or whoever takes the samples, is behind.
    public let dropped: Bool
    public let picture: DecodedPicture?
}

/// What a live connection measured so far.
public struct LiveReport: Hashable, Sendable {
    public let packetsRead, bytesRead, packetsDecoded, picturesDecoded, failures: Int
    /// Packets before a first keyframe, and after what was given up.
    public let packetsUnusable: Int
    public let positionsDropped: Int
    /// Since the last packet.
    public let silence: Duration
    /// Where the newest picture ends, from the connection's first picture on.
    public let end: Duration
    /// Undecoded packets held, bytes.
    public let heldBytes: Int
}

/// One connection to a live stream. What it has is taken without waiting; a function is called when there may be something.
///
/// `@unchecked Sendable`: the C connection locks what its functions share; `take` is called by one task at a time, which is
/// its promise; the handle lives as long as this object.
public final class LiveConnection: @unchecked Sendable {
    public enum Event: Sendable {
        /// What the header says, and the input's video streams.
        case opened(MediaHeader, streams: [VideoStream])
        case sample(LiveSample)
        /// Nothing more will come. `nil`: the stream's own end.
        case ended(FrameSamplingError?)
    }

    private let handle: OpaquePointer
    private let wake: WakeBox
    private let input: VideoInput

    /// Starts connecting. Throws `FrameSamplingError` when there are no resources.
    /// - Parameter wake: Called on threads of the connection whenever there may be something to take. Has to be quick.
    public init(_ input: VideoInput, options: LiveOptions, wake: @escaping @Sendable () -> Void) throws {
        self.input = input
        self.wake = WakeBox(wake)
        var native = cfs_options_default()
        native.mode = options.mode == .exact ? CFS_MODE_EXACT : CFS_MODE_KEYFRAMES
        native.interval_ns = options.interval.nanoseconds
        native.open_deadline_ms = Int64(options.openDeadline.wholeMilliseconds)
        native.read_deadline_ms = Int64(options.readDeadline.wholeMilliseconds)
        native.max_pixels = Int64(options.maxPixels)
        native.udp = options.usesUDP
        let text: String
        switch input {
        case .path(let path): text = path
        case .standardInput: text = "/dev/stdin"
        case .address(let address):
            text = address
            native.is_url = true
            if case .guarded(let allowingPrivate) = options.addresses {
                native.guarded = true
                native.allow_private = allowingPrivate
            }
        }
        var limits = cfs_live_limits_default()
        limits.held_bytes = Int64(options.heldBytes)
        limits.max_lag_ms = Int64(options.maxLag.wholeMilliseconds)
        limits.kept_bytes = Int64(options.keptBytes)
        var created: OpaquePointer?
        let box = Unmanaged.passUnretained(self.wake).toOpaque()
        let code = text.withCString { input in
            options.userAgent.withCString { agent in
                native.input = input
                native.user_agent = agent
                return cfs_live_create(&native, &limits, callWake, box, &created)
            }
        }
        guard let created else { throw FrameSamplingError(code: code, input: input) }
        handle = created
        let started = cfs_live_start(created)
        guard started == 0 else { throw FrameSamplingError(code: started, input: input) }
    }

    /// Returns at once; the threads end within a second.
    deinit { withExtendedLifetime(wake) { cfs_live_destroy(handle) } }

    /// What is next; `nil` when there is nothing yet. After `.ended` it stays that.
    public func take() -> Event? {
        var sample = cfs_live_sample()
        switch cfs_live_take(handle, &sample) {
        case CFS_LIVE_OPENED:
            return .opened(header, streams: listStreams { cfs_live_streams(handle, $0, $1) })
        case CFS_LIVE_SAMPLE: return .sample(made(of: sample))
        case CFS_LIVE_ENDED:
            let code = nativeReport().end_code
            return .ended(code == 0 ? nil : FrameSamplingError(code: code, input: input))
        default: return nil
        }
    }

    private func made(of sample: cfs_live_sample) -> LiveSample {
        let timeBase = TimeBase(numerator: sample.time_base_num, denominator: sample.time_base_den)
        return LiveSample(
            position: .nanoseconds(sample.position_ns), continuity: Int(sample.continuity),
            gap: .nanoseconds(sample.gap_ns),
            time: MediaTime(pts: sample.pts, timeBase: timeBase), age: .nanoseconds(sample.age_ns),
            waited: .nanoseconds(sample.waited_ns), reused: sample.reused, damaged: sample.damaged,
            dropped: sample.dropped,
            picture: sample.picture.map { DecodedPicture(owning: $0) })
    }

    private var header: MediaHeader { MediaHeader(cfs_live_media(handle).pointee) }

    private func nativeReport() -> cfs_live_report {
        var report = cfs_live_report()
        cfs_live_report_now(handle, &report)
        return report
    }

    /// Statistics so far. Any thread.
    public var report: LiveReport {
        let report = nativeReport()
        return LiveReport(
            packetsRead: Int(report.packets_read), bytesRead: Int(report.bytes_read),
            packetsDecoded: Int(report.packets_decoded), picturesDecoded: Int(report.pictures_decoded),
            failures: Int(report.failures), packetsUnusable: Int(report.packets_unusable),
            positionsDropped: Int(report.positions_dropped), silence: .nanoseconds(report.silence_ns),
            end: .nanoseconds(report.position_ns), heldBytes: Int(report.held_bytes))
    }

    /// Ends the connection within a second. Any thread, repeatedly.
    public func cancel() { cfs_live_cancel(handle) }

    /// Writes what is kept of a stretch to a file, from the keyframe at or before its beginning, without encoding. Blocks
    /// while it writes. Throws `FrameSamplingError`, `.empty` when nothing is kept of it.
    /// - Parameters:
    ///   - stretch: Positions of this connection.
    ///   - path: Its ending chooses the container; Matroska where it has none.
    /// - Returns: Bytes written, and the position of the first picture.
    public func clip(_ stretch: Range<Duration>, to path: String) throws -> (bytes: Int, first: Duration) {
        var first: Int64 = 0
        let bytes = cfs_live_clip(
            handle, stretch.lowerBound.nanoseconds, stretch.upperBound.nanoseconds, path, &first)
        guard bytes >= 0 else { throw FrameSamplingError(code: Int32(bytes), name: path) }
        return (Int(bytes), .nanoseconds(first))
    }
}

/// A file in memory, gone with this object.
package final class MemoryFile: Sendable {
    private let descriptor: Int32
    package var path: String { "/proc/self/fd/\(descriptor)" }

    /// Throws `FrameSamplingError` when there is no memory or no descriptor left.
    package init() throws {
        descriptor = cfs_memory_file()
        guard descriptor >= 0 else { throw FrameSamplingError(code: descriptor, name: "a file in memory") }
    }

    deinit { close(descriptor) }
}

/// Lives as long as its connection; only ever called.
private final class WakeBox: Sendable {
    let call: @Sendable () -> Void
    init(_ call: @escaping @Sendable () -> Void) { self.call = call }
}

private let callWake: cfs_live_wake = { context in
    guard let context else { return }
    Unmanaged<WakeBox>.fromOpaque(context).takeUnretainedValue().call()
}
