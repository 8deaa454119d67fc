import CFrameSampler
import CSandbox

/// Why an input could not be sampled.
public struct FrameSamplingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure: one of the constants below, or another FFmpeg error code.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// A code of the C sampler or a negative `AVERROR`.
        public let rawValue: Int32
        /// Accepts any code.
        public init(rawValue: Int32) { self.rawValue = rawValue }

        private init(_ code: Int) { rawValue = Int32(code) }

        /// The task was canceled, or `cancel()` was called.
        public static let cancelled = Code(CFS_ERROR_CANCELLED)
        /// Opening or reading took too long.
        public static let deadline = Code(CFS_ERROR_DEADLINE)
        /// The input has no video stream, or only the cover art of an audio file.
        public static let noVideo = Code(CFS_ERROR_NO_VIDEO), coverOnly = Code(CFS_ERROR_COVER_ONLY)
        /// There is no decoder for the video stream, or for what an image holds.
        public static let noDecoder = Code(CFS_ERROR_NO_DECODER)
        /// A picture exceeds the pixel limit or the memory limit.
        public static let tooManyPixels = Code(CFS_ERROR_TOO_MANY_PIXELS)
        /// The input has no bytes, or no packets to write as a clip.
        public static let empty = Code(CFS_ERROR_EMPTY)
        /// The path is a directory.
        public static let directory = Code(CFS_ERROR_DIRECTORY)
        /// No picture could be decoded up to the end.
        public static let noPicture = Code(CFS_ERROR_NO_PICTURE)
        /// The bytes are not in a supported image format, or the image is damaged or incomplete.
        public static let notAnImage = Code(CFS_ERROR_NOT_AN_IMAGE), brokenImage = Code(CFS_ERROR_BROKEN_IMAGE)
        /// Connecting to the address is not allowed; see `AddressTrust`.
        public static let refusedAddress = Code(CFS_ERROR_REFUSED_ADDRESS)
        /// The video continues in another stream of the same live input. Open it again.
        public static let streamChanged = Code(CFS_ERROR_STREAM_CHANGED)
        /// No such host, or no answer.
        public static let unreachable = Code(CFS_ERROR_UNREACHABLE)
        /// The certificate of the server is not trusted.
        public static let untrustedCertificate = Code(CFS_ERROR_CERTIFICATE)
        /// The container is not allowed, such as one that refers to other inputs.
        public static let refusedFormat = Code(CFS_ERROR_REFUSED_FORMAT)
        /// The input has no video stream with the requested index.
        public static let noStream = Code(CFS_ERROR_NO_STREAM)
        /// A packet is larger than any picture of the allowed size.
        public static let largePacket = Code(CFS_ERROR_LARGE_PACKET)
        /// A PDF has more pages than are looked at, or text in a font that is neither in it nor on this machine.
        public static let tooManyPages = Code(CFS_ERROR_TOO_MANY_PAGES), noFont = Code(CFS_ERROR_NO_FONT)
        /// It takes more addresses at once than one input may have open, such as a playlist of hundreds of variants.
        public static let manyAddresses = Code(CFS_ERROR_MANY_ADDRESSES)
        /// More bytes came from the address than the limit allows, before the video was open.
        public static let manyBytes = Code(CFS_ERROR_MANY_BYTES)
        /// Other pictures used all memory for as long as this one may wait.
        public static let busy = Code(CFS_ERROR_BUSY)
        /// No process can be had to decode the input in; see `DecoderSandbox`.
        public static let sandboxUnavailable = Code(CSB_ERROR_UNAVAILABLE)
        /// The decoder crashed; needed more time or memory than the limits; made no progress; sent what makes no sense; or
        /// made a system call which only an attack makes.
        public static let decoderCrashed = Code(CSB_ERROR_CRASHED), decoderLimit = Code(CSB_ERROR_LIMIT)
        public static let decoderHung = Code(CSB_ERROR_HUNG), decoderGarbled = Code(CSB_ERROR_GARBLED)
        public static let decoderForbidden = Code(CSB_ERROR_FORBIDDEN)
        /// `AVERROR(ENOENT)` and `AVERROR(EACCES)`.
        public static let missing = Code(-2), forbidden = Code(-13)
        /// `AVERROR_INVALIDDATA`, the tag "INDA".
        public static let invalidData = Code(-0x4144_4E49)
        /// HTTP or RTSP status 401 or 403: `AVERROR_HTTP_UNAUTHORIZED` and `AVERROR_HTTP_FORBIDDEN`, the tags "\u{F8}401" and
        /// "\u{F8}403".
        public static let unauthorized = Code(-0x3130_34F8), accessForbidden = Code(-0x3330_34F8)
        /// Whether it is an HTTP or RTSP status of 400 or above: a tag that begins with "\u{F8}4" or "\u{F8}5".
        public var isHTTPStatus: Bool { [0x34F8, 0x35F8].contains(-Int(rawValue) & 0xFFFF) }
        /// HTTP status 429, or 500 and above: `AVERROR_HTTP_SERVER_ERROR`, the tag "\u{F8}5XX".
        public static let serverError = Code(-0x5858_35F8)
        /// `AVERROR_PROTOCOL_NOT_FOUND`, the tag "\u{F8}PRO".
        public static let protocolNotFound = Code(-0x4F52_50F8)
        /// `AVERROR_EOF`, the tag "EOF ".
        public static let endOfFile = Code(-0x2046_4F45)
    }

    /// The kind of failure.
    public let code: Code
    /// The input's name as used in reports.
    public let input: String
    /// FFmpeg's description of the error.
    public let cause: String

    /// Whether the input ended the process that decoded it. What was decoded before is good.
    public var isDecoderDeath: Bool {
        [.decoderCrashed, .decoderLimit, .decoderHung, .decoderGarbled, .decoderForbidden].contains(code)
    }

    /// Whether it is about the server, which may answer when it is asked again later, and not about the input.
    public var mayPass: Bool { [.unreachable, .deadline, .serverError].contains(code) }

    init(code: Int32, input: VideoInput) { self.init(code: code, name: input.name) }

    init(code: Int32, name: String) {
        self.code = Code(rawValue: code)
        input = name
        var buffer = [CChar](repeating: 0, count: 256)
        csb_error_text(code, &buffer, buffer.count)
        cause = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// One sentence: what happened, to which input, and what helps.
    public var description: String {
        let reason =
            switch code {
            case .missing: "no such file"
            case .forbidden: "permission denied"
            case .directory: "this is a directory; name a file"
            case .empty: "the file is empty"
            case .noVideo: "there is no video in it, only sound or data"
            case .coverOnly: "there is no video in it; its only picture is cover art"
            case .noDecoder: "its pictures are in a form that cannot be decoded, or locked with a password"
            case .tooManyPixels: "its pictures have more pixels than the limit"
            case .noPicture where input == VideoInput.standardInput.name:
                "no picture of standard input can be decoded; an mp4 with its index at the end has to be a file"
            case .noPicture: "none of its pictures can be decoded"
            case .deadline: "no answer within the deadline"
            case .invalidData, .endOfFile:
                "this is not a readable video; it is another kind of file, or its beginning or index is missing"
            case .notAnImage: "this is not an image in a supported format"
            case .brokenImage: "the image is damaged or incomplete"
            case .unauthorized: "the server requires other credentials (401)"
            case .accessForbidden: "the server denies access (403)"
            case .streamChanged: "the video continues in another stream"
            case .refusedAddress: "the address is not on the public internet"
            case .unreachable: "nothing could be read from the address"
            case .untrustedCertificate: "the server's certificate is not trusted"
            case .refusedFormat: "files that refer to other files or addresses, such as playlists, are not read"
            case .noStream: "it has no video stream with that number"
            case .largePacket: "one of its pictures has more bytes than the limit"
            case .manyAddresses: "it takes more addresses at once than the limit"
            case .manyBytes: "more bytes come from the address than the limit"
            case .busy: "other pictures use all the memory available for pictures"
            case .sandboxUnavailable: "no process can be started to decode it in"
            case .decoderCrashed: "its decoder crashed"
            case .decoderLimit: "decoding it takes more time or memory than the limit"
            case .decoderHung: "its decoder makes no progress"
            case .decoderGarbled: "its decoder sent what makes no sense"
            case .decoderForbidden: "its decoder tried what only an attack does, and was ended"
            case .tooManyPages: "only the first \(ImageReader.maxPages) pages are looked at"
            case .noFont:
                "it has text in a font that it lacks and this machine cannot give; from an address or a pipe it must have all"
            case .cancelled: "canceled"
            default: cause
            }
        return "\(input): \(reason)."
    }
}
