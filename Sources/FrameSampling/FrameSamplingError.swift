import CFrameSampler

/// Why an input could not be sampled.
public struct FrameSamplingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure; values nobody here knows are kept as they are.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let cancelled = Code(rawValue: Int32(CFS_ERROR_CANCELLED))
        public static let deadline = Code(rawValue: Int32(CFS_ERROR_DEADLINE))
        public static let noVideo = Code(rawValue: Int32(CFS_ERROR_NO_VIDEO))
        public static let coverOnly = Code(rawValue: Int32(CFS_ERROR_COVER_ONLY))
        public static let noDecoder = Code(rawValue: Int32(CFS_ERROR_NO_DECODER))
        public static let tooManyPixels = Code(rawValue: Int32(CFS_ERROR_TOO_MANY_PIXELS))
        public static let empty = Code(rawValue: Int32(CFS_ERROR_EMPTY))
        public static let directory = Code(rawValue: Int32(CFS_ERROR_DIRECTORY))
        public static let noPicture = Code(rawValue: Int32(CFS_ERROR_NO_PICTURE))
        public static let notAnImage = Code(rawValue: Int32(CFS_ERROR_NOT_AN_IMAGE))
        public static let brokenImage = Code(rawValue: Int32(CFS_ERROR_BROKEN_IMAGE))
        public static let refusedAddress = Code(rawValue: Int32(CFS_ERROR_REFUSED_ADDRESS))
        public static let streamChanged = Code(rawValue: Int32(CFS_ERROR_STREAM_CHANGED))
        public static let unreachable = Code(rawValue: Int32(CFS_ERROR_UNREACHABLE))
        public static let refusedFormat = Code(rawValue: Int32(CFS_ERROR_REFUSED_FORMAT))
        public static let noStream = Code(rawValue: Int32(CFS_ERROR_NO_STREAM))
        public static let largePacket = Code(rawValue: Int32(CFS_ERROR_LARGE_PACKET))
        public static let busy = Code(rawValue: Int32(CFS_ERROR_BUSY))
        /// `AVERROR(ENOENT)`.
        public static let missing = Code(rawValue: -2)
        /// `AVERROR(EACCES)`.
        public static let forbidden = Code(rawValue: -13)
        /// `AVERROR_INVALIDDATA`, the tag "INDA".
        public static let invalidData = Code(rawValue: -0x4144_4E49)
        /// `AVERROR_HTTP_UNAUTHORIZED` and `AVERROR_HTTP_FORBIDDEN`, the tags "\u{F8}401" and "\u{F8}403"; RTSP's too.
        public static let unauthorized = Code(rawValue: -0x3130_34F8)
        public static let accessForbidden = Code(rawValue: -0x3330_34F8)
        /// `AVERROR_PROTOCOL_NOT_FOUND`, the tag "\u{F8}PRO".
        public static let protocolNotFound = Code(rawValue: -0x4F52_50F8)
        /// `AVERROR_EOF`, the tag "EOF ".
        public static let endOfFile = Code(rawValue: -0x2046_4F45)
    }

    public let code: Code
    /// The input's name as in reports.
    public let input: String
    /// FFmpeg's words.
    public let cause: String

    init(code: Int32, input: VideoInput) { self.init(code: code, name: input.name) }

    init(code: Int32, name: String) {
        self.code = Code(rawValue: code)
        input = name
        var buffer = [CChar](repeating: 0, count: 256)
        cfs_error_text(code, &buffer, buffer.count)
        cause = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// One sentence: what happened, where, and what helps.
    public var description: String {
        switch code {
        case .missing: "\(input): there is no such file."
        case .forbidden: "\(input): permission denied."
        case .directory: "\(input): it is a directory; name a file."
        case .empty: "\(input): the file is empty."
        case .noVideo: "\(input): there is no video in it, only sound or data."
        case .coverOnly: "\(input): there is no video in it; its only picture is cover art."
        case .noDecoder: "\(input): there is no decoder for its video."
        case .tooManyPixels: "\(input): its pictures are larger than the limit of pixels."
        case .noPicture where input == VideoInput.standardInput.name:
            "\(input): not one picture of standard input can be decoded; an mp4 with its index at the end has to be a file."
        case .noPicture: "\(input): not one of its pictures can be decoded."
        case .deadline: "\(input): no answer within the deadline."
        case .invalidData, .endOfFile:
            "\(input): this is not a video that can be read; it is of another kind, or its beginning or index is missing."
        case .notAnImage: "\(input): this is not an image of a known format."
        case .brokenImage: "\(input): the image is damaged or ends too early."
        case .unauthorized: "\(input): the server wants other credentials (401)."
        case .accessForbidden: "\(input): the server refuses access (403)."
        case .streamChanged: "\(input): the video goes on in another stream."
        case .refusedAddress: "\(input): the address is not one of the public internet."
        case .unreachable: "\(input): nothing could be had from the address."
        case .refusedFormat:
            "\(input): this kind of file is not read, such as a list or description of other files and addresses."
        case .noStream: "\(input): there is no video stream of that number in it."
        case .largePacket: "\(input): one of its pictures takes more bytes than the limit."
        case .busy: "\(input): other pictures took all the memory there is for them."
        case .cancelled: "\(input): cancelled."
        default: "\(input): \(cause)."
        }
    }
}
