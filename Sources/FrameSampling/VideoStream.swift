import CFrameSampler

/// A video stream of an input, sampled or not.
public struct VideoStream: Hashable, Sendable {
    /// The index among all streams of the input.
    public let index: Int
    /// FFmpeg's name, e.g. `h264`.
    public let codec: String
    /// Coded size in pixels; 0 if the header does not say.
    public let width, height: Int
    /// FFmpeg's disposition flags, such as `default` or `attached_pic`.
    public let dispositions: [String]
    /// Whether this is another rendition of the same content (HLS, DASH).
    public let isAlternative: Bool
    /// Whether this is a still picture that accompanies the input: cover art, or a thumbnail.
    public let isCover: Bool
    /// Whether this stream was sampled.
    public let isSampled: Bool

    fileprivate init(_ stream: cfs_stream) {
        index = Int(stream.index)
        codec = Self.text(stream.codec)
        (width, height) = (Int(stream.width), Int(stream.height))
        dispositions = Self.text(stream.disposition).split(separator: ",").map(String.init)
        (isAlternative, isCover, isSampled) = (stream.alternative, stream.cover, stream.sampled)
    }

    /// Converts a fixed-size C array of characters.
    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

/// The most streams listed for an input. Others are ignored.
package let maxListedStreams = 64

/// Lists streams.
/// - Parameter fill: A C function that fills an array of the given size, and returns how many streams exist.
func listStreams(_ fill: (UnsafeMutablePointer<cfs_stream>, Int32) -> Int32) -> [VideoStream] {
    let streams = [cfs_stream](unsafeUninitializedCapacity: maxListedStreams) { buffer, count in
        guard let base = buffer.baseAddress else { return }
        count = min(maxListedStreams, Int(fill(base, Int32(maxListedStreams))))
    }
    return streams.map { VideoStream($0) }
}
