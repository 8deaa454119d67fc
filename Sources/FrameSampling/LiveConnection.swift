import Base
import CFrameSampler
import CSandbox
import Glibc
import Moderation

/// How a live stream is read and sampled.
public struct LiveOptions: Hashable, Sendable {
    /// The time between positions, more than 0. Default 1 s.
    public var interval: Duration = .seconds(1)
    /// Default `.exact`.
    public var mode: SamplingOptions.Mode = .exact
    /// The deadline for opening and probing together. Default 15 s.
    public var openDeadline: Duration = .seconds(15)
    /// The deadline for each read. Default 10 s.
    public var readDeadline: Duration = .seconds(10)
    /// A position that waits longer than this to be decoded, or then to be judged, is dropped. Default 10 s.
    public var maxLag: Duration = .seconds(10)
    /// The maximum size of undecoded packets held, in bytes. Default 16 MiB.
    public var heldBytes = 16 << 20
    /// The maximum size of packets kept for clips, in bytes; 0 keeps none. Default 0.
    public var keptBytes = 0
    /// The maximum width × height of a coded picture, in pixels. Default 8192 × 8192.
    public var maxPixels = 8192 * 8192
    /// Whether RTSP media comes over UDP instead of the RTSP connection itself. Default false.
    public var usesUDP = false
    /// The user agent for HTTP requests. Default `framesift`.
    public var userAgent = "framesift"
    /// Which addresses may be connected to. Default `.trusted`.
    public var addresses: AddressTrust = .trusted
    /// Where to decode. `nil`: as `DecoderSandbox.mode` says.
    public var sandbox: SandboxMode?

    /// The default options.
    public init() {}
}

/// A position of a live stream and the picture on screen there.
public struct LiveSample: Sendable {
    /// Time since the first picture of the connection. Never decreases.
    public let position: Duration
    /// 0, 1 … Incremented when the stream's timestamps restart.
    public let continuity: Int
    /// At the first position of a continuity: how long nothing was received before it.
    public let gap: Duration
    /// The picture's own timestamp.
    public let time: MediaTime
    /// The time since the picture was received.
    public let age: Duration
    /// The time since the position was due, that is, since a later packet showed that no other picture belongs there. The
    /// sample has been waiting since then to be decoded and taken.
    public let waited: Duration
    /// Whether the picture is the same as at the previous position. If so, `picture` is `nil`.
    public let reused: Bool
    /// Whether decoding failed or reported errors.
    public let damaged: Bool
    /// Whether the position was given up because decoding, or the consumer, is too slow.
    public let dropped: Bool
    /// `nil` if the picture is reused or dropped, or nothing could be decoded.
    public let picture: DecodedPicture?
}

/// Statistics of a live connection.
public struct LiveReport: Hashable, Sendable {
    /// As in `SamplingReport`.
    public let packetsRead, bytesRead, packetsDecoded, picturesDecoded, failures: Int
    /// Packets before the first keyframe, or between dropped packets and the next keyframe.
    public let packetsUnusable: Int
    /// Positions given up because decoding, or the consumer, was too slow.
    public let positionsDropped: Int
    /// The time since the last packet.
    public let silence: Duration
    /// The end of the newest picture, relative to the connection's first picture.
    public let end: Duration
    /// The size of undecoded packets held, in bytes.
    public let heldBytes: Int
}

/// One connection to a live stream. `take()` waits for nothing but the reason of an end; a callback announces when there
/// may be something to take.
///
/// `@unchecked Sendable`: the C connection locks its shared state; `take` must be called by one task at a time; the handle
/// lives as long as this object.
public final class LiveConnection: @unchecked Sendable {
    /// The events of a connection, in order: opened, samples, ended.
    public enum Event: Sendable {
        /// The stream's header and its video streams.
        case opened(MediaHeader, streams: [VideoStream])
        /// The next sample.
        case sample(LiveSample)
        /// Nothing follows. `nil`: the stream ended by itself.
        case ended(FrameSamplingError?)
    }

    private let handle: OpaquePointer
    private let wake: WakeBox
    private let input: VideoInput

    /// Starts connecting. Failures to connect are reported by `.ended`.
    /// - Parameter wake: Called on the connection's threads whenever there may be something to take. Must return quickly.
    /// - Throws: `FrameSamplingError` if the system has no memory or threads left.
    public init(
        _ input: VideoInput, options: LiveOptions, wake: @escaping @Sendable () -> Void
    ) throws(FrameSamplingError) {
        self.input = input
        self.wake = WakeBox(wake)
        var native = cfs_options_default()
        native.mode = options.mode == .exact ? CFS_MODE_EXACT : CFS_MODE_KEYFRAMES
        native.interval_ns = options.interval.nanoseconds
        native.open_deadline_ms = Int64(options.openDeadline.wholeMilliseconds)
        native.read_deadline_ms = Int64(options.readDeadline.wholeMilliseconds)
        native.max_pixels = Int64(options.maxPixels)
        native.udp = options.usesUDP
        let text = native.locate(input, options.addresses)
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
                return csb_live_create(
                    &native, &limits, callWake, box, DecoderSandbox.applies(options.sandbox), &created)
            }
        }
        guard let created else { throw FrameSamplingError(code: code, input: input) }
        handle = created
        let started = csb_live_start(created)
        guard started == 0 else { throw FrameSamplingError(code: started, input: input) }
    }

    /// Returns immediately; the threads end within a second.
    deinit { withExtendedLifetime(wake) { csb_live_destroy(handle) } }

    /// Takes the next event without waiting for it. Where that is the end, up to three seconds may pass until its reason is known.
    /// Call it from one task at a time.
    /// - Returns: `nil` if there is nothing yet. After `.ended`, `.ended` again.
    public func take() -> Event? {
        var sample = csb_live_sample()
        switch csb_live_take(handle, &sample) {
        case CFS_LIVE_OPENED:
            return .opened(header, streams: listStreams { csb_live_streams(handle, $0, $1) })
        case CFS_LIVE_SAMPLE: return .sample(LiveSample(sample))
        case CFS_LIVE_ENDED:
            let code = nativeReport().end_code
            return .ended(code == 0 ? nil : FrameSamplingError(code: code, input: input))
        default: return nil
        }
    }

    private var header: MediaHeader { MediaHeader(csb_live_media(handle).pointee) }

    private func nativeReport() -> cfs_live_report {
        var report = cfs_live_report()
        csb_live_report_now(handle, &report)
        return report
    }

    /// Statistics so far. Call it from any thread.
    public var report: LiveReport {
        let report = nativeReport()
        return LiveReport(
            packetsRead: Int(report.packets_read), bytesRead: Int(report.bytes_read),
            packetsDecoded: Int(report.packets_decoded), picturesDecoded: Int(report.pictures_decoded),
            failures: Int(report.failures), packetsUnusable: Int(report.packets_unusable),
            positionsDropped: Int(report.positions_dropped), silence: .nanoseconds(report.silence_ns),
            end: .nanoseconds(report.position_ns), heldBytes: Int(report.held_bytes))
    }

    /// Ends the connection within a second. Call it from any thread, as often as you like.
    public func cancel() { csb_live_cancel(handle) }

    /// Writes the kept packets of a stretch to a file, from the keyframe at or before its start, without reencoding. Blocks
    /// while it writes.
    /// - Parameters:
    ///   - stretch: Positions of this connection.
    ///   - path: The file to write. Its extension selects the container: `mp4`, `mkv`, `ts` …; Matroska if it has none.
    /// - Returns: The number of bytes written, and the position of the first picture.
    /// - Throws: `FrameSamplingError`; `.empty` if no packets of the stretch are kept.
    public func clip(
        _ stretch: Range<Duration>, to path: String
    ) throws(FrameSamplingError) -> (bytes: Int, first: Duration) {
        var first: Int64 = 0
        let bytes = csb_live_clip(
            handle, stretch.lowerBound.nanoseconds, stretch.upperBound.nanoseconds, path, &first)
        guard bytes >= 0 else { throw FrameSamplingError(code: Int32(bytes), name: path) }
        return (Int(bytes), .nanoseconds(first))
    }
}

extension LiveSample {
    fileprivate init(_ taken: csb_live_sample) {
        let sample = taken.about
        let timeBase = TimeBase(numerator: sample.time_base_num, denominator: sample.time_base_den)
        self.init(
            position: .nanoseconds(sample.position_ns), continuity: Int(sample.continuity),
            gap: .nanoseconds(sample.gap_ns), time: MediaTime(pts: sample.pts, timeBase: timeBase),
            age: .nanoseconds(sample.age_ns), waited: .nanoseconds(sample.waited_ns), reused: sample.reused,
            damaged: sample.damaged, dropped: sample.dropped,
            picture: taken.picture.map { DecodedPicture(owning: $0) })
    }
}

/// A file in memory. It exists as long as this object.
package final class MemoryFile: Sendable {
    private let descriptor: Int32
    /// A path that opens the same bytes.
    package var path: String { "/proc/self/fd/\(descriptor)" }

    /// Creates an empty file.
    /// - Throws: `FrameSamplingError` if there is no memory or file descriptor left.
    package init() throws(FrameSamplingError) {
        descriptor = cfs_memory_file()
        guard descriptor >= 0 else { throw FrameSamplingError(code: descriptor, name: "a file in memory") }
    }

    deinit { close(descriptor) }
}

/// The callback of a connection, as a reference to pass through C.
private final class WakeBox: Sendable {
    let call: @Sendable () -> Void
    init(_ call: @escaping @Sendable () -> Void) { self.call = call }
}

private let callWake: cfs_live_wake = { context in
    guard let context else { return }
    Unmanaged<WakeBox>.fromOpaque(context).takeUnretainedValue().call()
}
