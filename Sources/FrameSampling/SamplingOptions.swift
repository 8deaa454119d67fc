import Foundation

/// Where a video comes from.
public enum VideoInput: Hashable, Sendable {
    /// A file, or a named pipe.
    case path(String)
    /// An `http://` or `https://` address.
    case address(String)
    /// Standard input.
    case standardInput

    /// What the user typed: `-` is standard input, `http(s)://…` an address, anything else a path.
    public init(_ text: String) {
        let lowered = text.lowercased()
        if text == "-" {
            self = .standardInput
        } else if lowered.hasPrefix("http://") || lowered.hasPrefix("https://") {
            self = .address(text)
        } else {
            self = .path(text)
        }
    }

    /// The name in reports. User and password of an address are left out, and so is its query, which may hold a key.
    public var name: String {
        switch self {
        case .path(let path): return path
        case .standardInput: return "-"
        case .address(let address):
            guard let scheme = address.range(of: "://") else { return address }
            let rest = address[scheme.upperBound...].prefix { $0 != "?" && $0 != "#" }
            let host = rest.prefix { $0 != "/" }
            let shownHost = host.split(separator: "@").last.map(String.init) ?? ""
            return address[..<scheme.upperBound] + shownHost + rest.dropFirst(host.count)
        }
    }
}

/// What to sample and within which limits.
public struct SamplingOptions: Hashable, Sendable {
    public enum Mode: String, Hashable, Sendable, Codable {
        /// The picture on screen at each position: one shown for at least the interval is never missed.
        case exact
        /// The keyframe at or before each position: much cheaper, and no guarantee, since whoever encoded the video
        /// chose its keyframes.
        case keyframes
    }

    /// Between positions. Default 1 s; more than 0.
    public var interval: Duration = .seconds(1)
    public var mode: Mode = .exact
    /// Number of the video stream to sample among the input's streams. `nil`: the one players show.
    public var stream: Int?
    /// First position, from the first picture on. Default 0.
    public var start: Duration = .zero
    /// How long from `start` on. `nil`: to the end.
    public var duration: Duration?
    /// Only these positions, each stretch behind the one before; `start` and `duration` say nothing then. `nil`: the
    /// whole grid.
    public var stretches: [Stretch]?
    /// At most this many positions. `nil`: all.
    public var maxFrames: Int?
    /// Decoding threads. `nil`: one a processor.
    public var threads: Int?
    /// For opening and probing together. Default 15 s.
    public var openDeadline: Duration = .seconds(15)
    /// For each read. Default 15 s.
    public var readDeadline: Duration = .seconds(15)
    /// Width × height of a coded picture. Default 8192 × 8192.
    public var maxPixels = 8192 * 8192
    /// Sampling is cut here. Default 24 h.
    public var maxDuration: Duration = .seconds(24 * 3600)
    /// Reading is cut after this many bytes of video packets. `nil`: no limit.
    public var maxBytes: Int?
    /// For http(s).
    public var userAgent = "framesift"
    /// Who named the address, if the input is one.
    public var addresses: AddressTrust = .trusted

    public init() {}

    /// Consecutive positions, an interval apart.
    public struct Stretch: Hashable, Sendable {
        /// From the first picture on.
        public var start: Duration
        /// 1 or more.
        public var count: Int

        public init(start: Duration, count: Int) {
            self.start = start
            self.count = count
        }
    }
}

/// How far the address of an input is trusted.
public enum AddressTrust: Hashable, Sendable {
    /// Whoever runs the program typed it: http and https, wherever they lead.
    case trusted
    /// A stranger named it: only public addresses are connected to, whatever names, redirects and playlists say. Takes
    /// http, https, rtmp, rtsp, srt and rtp.
    /// - Parameter allowingPrivate: Private addresses too, for in-house use.
    case guarded(allowingPrivate: Bool)
}
