import CFrameSampler

/// One video stream of an input, sampled or not.
public struct VideoStream: Hashable, Sendable {
    /// Its number among the input's streams.
    public let index: Int
    /// FFmpeg's name, e.g. `h264`.
    public let codec: String
    /// Coded size, pixels; 0 when the header does not say.
    public let width, height: Int
    /// FFmpeg's words for what it is there for: `default`, `attached_pic` ….
    public let dispositions: [String]
    /// Another rendition of the same (HLS, DASH).
    public let isAlternative: Bool
    /// A still picture that goes with the input: cover art, or a thumbnail.
    public let isCover: Bool
    /// It is the one that was sampled.
    public let isSampled: Bool

    fileprivate init(_ stream: cfs_stream) {
        index = Int(stream.index)
        codec = Self.text(stream.codec)
        (width, height) = (Int(stream.width), Int(stream.height))
        dispositions = Self.text(stream.disposition).split(separator: ",").map(String.init)
        (isAlternative, isCover, isSampled) = (stream.alternative, stream.cover, stream.sampled)
    }

    /// A C array of characters.
    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

/// Streams listed at most; more are not looked at either.
package let mostListedStreams = 64

/// Asks a C function that fills an array and returns how many there are.
func listStreams(_ fill: (UnsafeMutablePointer<cfs_stream>, Int32) -> Int32) -> [VideoStream] {
    let streams = [cfs_stream](unsafeUninitializedCapacity: mostListedStreams) { buffer, count in
        guard let base = buffer.baseAddress else { return }
        count = min(mostListedStreams, Int(fill(base, Int32(mostListedStreams))))
    }
    return streams.map { VideoStream($0) }
}
