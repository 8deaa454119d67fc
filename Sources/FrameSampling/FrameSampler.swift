import Base
import CFrameSampler
import CSandbox
import Moderation
import Runtime

/// A position of a video and the picture on screen there.
public struct Sample: Sendable {
    /// 0, 1, 2 … in order of position. Each occurs once.
    public let index: Int
    /// The requested position, in ms since the first picture, rounded down.
    public let position: Int
    /// The picture's own timestamp.
    public let time: MediaTime
    /// Whether the picture is the same as at the previous position.
    public let reused: Bool
    /// Whether decoding failed or reported errors.
    public let damaged: Bool
    /// `nil` if nothing could be decoded.
    public let picture: DecodedPicture?
}

/// What the container's header says, before anything is decoded.
public struct MediaHeader: Hashable, Sendable {
    /// FFmpeg's short name, e.g. `mov,mp4,m4a,3gp,3g2,mj2`.
    public let container: String
    /// FFmpeg's name, e.g. `h264`.
    public let codec: String
    /// Coded size in pixels, before rotation.
    public let width, height: Int
    /// The clockwise rotation for display, in degrees.
    public let rotation: Int
    /// A hint; `nil` if the header does not say.
    public let declaredDuration: Duration?
    /// Average pictures per second. A hint; `nil` if the header does not say.
    public let frameRate: Double?
    /// Whether the input is a single still image rather than a video.
    public let isStill: Bool
    /// Whether the input has a known size in bytes, and so an end.
    public let isSized: Bool
}

/// Statistics of sampling. Final once sampling has ended.
public struct SamplingReport: Hashable, Sendable {
    /// Packets of the sampled stream that were read.
    public let packetsRead: Int
    /// Packets given to a decoder.
    public let packetsDecoded: Int
    /// Pictures that decoders produced, wanted or not.
    public let picturesDecoded: Int
    /// Packets or pictures that failed to decode or had errors.
    public let failures: Int
    /// Groups of pictures that were decoded again in full because a planned picture did not appear.
    public let groupsRedecoded: Int
    /// Bytes of those packets.
    public let bytesRead: Int
    /// From the start of the first picture to the end of the last. `nil` if the end was not reached.
    public let duration: Duration?
    /// Whether only needed pictures were decoded. Without usable timestamps, everything is.
    public let isPlanned: Bool
    /// Whether the input ends before its own index or header says, or broke off.
    public let isTruncated: Bool
    /// Whether a limit ended the sampling.
    public let reachedLimit: Bool
    /// Time spent in decoders, summed over threads.
    public let decodeTime: Duration
}

/// Samples one input. Call `next()` for each sample, from one task at a time.
///
/// `@unchecked Sendable`: the C sampler locks its shared state; `csb_sampler_next` is only called on `thread`, one call at
/// a time; the handle lives as long as this object.
public final class FrameSampler: @unchecked Sendable {
    private let handle: OpaquePointer
    private let thread: BlockingThreads
    private let input: VideoInput
    /// The previous sample's picture, which the next sample may share. Only accessed on `thread`.
    private var lastPicture: DecodedPicture?
    /// What the input's header says.
    public let header: MediaHeader

    private init(handle: OpaquePointer, thread: BlockingThreads, input: VideoInput, header: MediaHeader) {
        (self.handle, self.thread, self.input, self.header) = (handle, thread, input, header)
    }

    deinit {
        thread.close()
        csb_sampler_destroy(handle)
    }

    /// Opens and probes an input. Canceling the task cancels the opening.
    /// - Throws: `FrameSamplingError`; `.cancelled` if the task was canceled.
    public static func open(_ input: VideoInput, options: SamplingOptions) async throws -> FrameSampler {
        let opening = try Opening(input, options)
        let thread = BlockingThreads(count: 1, name: "framesift sampler")
        do {
            return try await withTaskCancellationHandler {
                let header = try await thread.run { try opening.open() }
                return FrameSampler(handle: opening.handle, thread: thread, input: input, header: header)
            } onCancel: {
                csb_sampler_cancel(opening.handle)
            }
        } catch {
            thread.close()
            csb_sampler_destroy(opening.handle)
            throw error
        }
    }

    /// Waits for the next sample. Canceling the task ends the sampling within a second.
    ///
    /// Samples from one group of pictures come in order. Groups are decoded in parallel, so their samples interleave; use
    /// `index` to order them.
    /// - Returns: The next sample that is ready, or `nil` at the end.
    /// - Throws: `FrameSamplingError`
    public func next() async throws -> Sample? {
        try await withTaskCancellationHandler {
            try await thread.run { [self] in try takeNext() }
        } onCancel: {
            cancel()
        }
    }

    /// Ends the sampling: `next()` throws `.cancelled`. Call it from any thread.
    public func cancel() { csb_sampler_cancel(handle) }

    private func takeNext() throws(FrameSamplingError) -> Sample? {
        var sample = csb_sample()
        let code = csb_sampler_next(handle, &sample)
        if code != 1 { lastPicture = nil }
        guard code >= 0 else { throw FrameSamplingError(code: code, input: input) }
        guard code == 1 else { return nil }
        // Samples with the same handle share a picture. `reused` does not tell, since groups of pictures interleave.
        let picture = sample.picture.map { handle in
            if let lastPicture, lastPicture.wraps(handle) {
                csb_picture_release(handle)
                return lastPicture
            }
            return DecodedPicture(owning: handle)
        }
        lastPicture = picture
        let about = sample.about
        let timeBase = TimeBase(numerator: about.time_base_num, denominator: about.time_base_den)
        return Sample(
            index: Int(about.index), position: Int(about.position_ns / 1_000_000),
            time: MediaTime(pts: about.pts, timeBase: timeBase), reused: about.reused, damaged: about.damaged,
            picture: picture)
    }

    /// The input's video streams found so far, in order. Some only appear late, so the list is final once sampling has ended.
    public var streams: [VideoStream] { listStreams { csb_sampler_streams(handle, $0, $1) } }

    /// Statistics so far.
    public var report: SamplingReport {
        var report = cfs_report()
        csb_sampler_report(handle, &report)
        return SamplingReport(
            packetsRead: Int(report.packets_read), packetsDecoded: Int(report.packets_decoded),
            picturesDecoded: Int(report.pictures_decoded), failures: Int(report.failures),
            groupsRedecoded: Int(report.groups_redecoded), bytesRead: Int(report.bytes_read),
            duration: report.duration_ns < 0 ? nil : .nanoseconds(report.duration_ns), isPlanned: report.planned,
            isTruncated: report.truncated, reachedLimit: report.cut, decodeTime: .nanoseconds(report.decode_ns))
    }
}

/// A sampler that may still be opening.
///
/// `@unchecked Sendable`: `open()` is called once; meanwhile the handle is only used for `csb_sampler_cancel`, which is safe
/// from any thread.
private final class Opening: @unchecked Sendable {
    let handle: OpaquePointer
    private let input: VideoInput

    init(_ input: VideoInput, _ options: SamplingOptions) throws(FrameSamplingError) {
        self.input = input
        var native = cfs_options_default()
        native.mode = options.mode == .exact ? CFS_MODE_EXACT : CFS_MODE_KEYFRAMES
        native.stream = options.stream.map(Int32.init) ?? -1
        native.interval_ns = options.interval.nanoseconds
        native.page_ns = options.pageDuration?.nanoseconds ?? 0
        native.start_ns = options.start.nanoseconds
        native.duration_ns = options.duration?.nanoseconds ?? 0
        native.max_samples = Int64(options.maxFrames ?? 0)
        native.threads = Int32(options.threads ?? 0)
        native.open_deadline_ms = Int64(options.openDeadline.wholeMilliseconds)
        native.read_deadline_ms = Int64(options.readDeadline.wholeMilliseconds)
        native.max_pixels = Int64(options.maxPixels)
        native.max_duration_ns = options.maxDuration.nanoseconds
        native.max_bytes = Int64(options.maxBytes ?? 0)
        if input == .standardInput { native.fd = 0 }
        let text = native.locate(input, options.addresses)
        var created: OpaquePointer?
        let stretches = Self.stretches(options)
        let code = text.withCString { input in
            options.userAgent.withCString { agent in
                stretches.withUnsafeBufferPointer { stretches in
                    native.input = input
                    native.user_agent = agent
                    native.stretches = stretches.baseAddress
                    native.stretch_count = Int64(stretches.count)
                    return csb_sampler_create(
                        &native, DecoderSandbox.applies(options.sandbox), &created)
                }
            }
        }
        guard let created else { throw FrameSamplingError(code: code, input: input) }
        handle = created
    }

    private static func stretches(_ options: SamplingOptions) -> [cfs_stretch] {
        var index: Int64 = 0
        return (options.stretches ?? []).map { stretch in
            defer { index += Int64(stretch.count) }
            return cfs_stretch(
                start_ns: stretch.start.nanoseconds, count: Int64(stretch.count), first_index: index)
        }
    }

    func open() throws(FrameSamplingError) -> MediaHeader {
        let code = csb_sampler_open(handle)
        guard code >= 0 else { throw FrameSamplingError(code: code, input: input) }
        return MediaHeader(csb_sampler_media(handle).pointee)
    }
}

extension MediaHeader {
    init(_ media: cfs_media) {
        self.init(
            container: String(cString: media.container), codec: String(cString: media.codec), width: Int(media.width),
            height: Int(media.height), rotation: Int(media.rotation),
            declaredDuration: media.declared_duration_ns < 0 ? nil : .nanoseconds(media.declared_duration_ns),
            frameRate: media.frame_rate > 0 ? media.frame_rate : nil, isStill: media.still, isSized: media.sized)
    }
}
