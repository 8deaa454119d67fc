import CFrameSampler
import Foundation
import HTTPTransport

/// Where a video comes from.
public enum VideoInput: Hashable, Sendable {
    /// A file, or a named pipe.
    case path(String)
    /// An `http://` or `https://` address.
    case address(String)
    /// An object in storage whose requests are signed.
    case signed(SignedAddress)
    /// Standard input.
    case standardInput

    /// Interprets what a user typed.
    /// - Parameter text: `-` for standard input, `http(s)://…` for an address, anything else is a path.
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

    /// The name used in reports. Credentials and the query of an address, which may hold a key, are left out.
    public var name: String {
        switch self {
        case .path(let path): return path
        case .standardInput: return "-"
        case .signed(let address): return address.name
        case .address(let address):
            guard let scheme = address.range(of: "://") else { return address }
            let rest = address[scheme.upperBound...].prefix { $0 != "?" && $0 != "#" }
            let host = rest.prefix { $0 != "/" }
            let shownHost = host.split(separator: "@").last.map(String.init) ?? ""
            return address[..<scheme.upperBound] + shownHost + rest.dropFirst(host.count)
        }
    }
}

/// An http(s) address that answers signed requests only. It comes from whoever runs the program, so it may be on any host;
/// its content is a stranger's, so nothing that it names is opened.
public struct SignedAddress: Hashable, Sendable {
    /// The name used in reports, such as `s3://bucket/key`.
    public let name: String
    /// In the canonical form of the signature.
    public let url: String
    /// The credentials. Processes that decode do not have them.
    public let signing: RequestSigning

    /// See the properties of the same names.
    public init(name: String, url: String, signing: RequestSigning) {
        (self.name, self.url, self.signing) = (name, url, signing)
    }
}

/// What to sample, and the limits to apply.
public struct SamplingOptions: Hashable, Sendable {
    /// Which picture to sample for a position.
    public enum Mode: String, Hashable, Sendable, Codable {
        /// The picture on screen at the position. A picture shown for at least the interval is never missed.
        case exact
        /// The keyframe at or before the position. Much cheaper, but the encoder chose the keyframes, so anything between
        /// them may be missed.
        case keyframes
    }

    /// The time between positions, more than 0. Default 1 s.
    public var interval: Duration = .seconds(1)
    /// How long each page of a document, or each photo of a file that holds several, counts as being on screen. `nil`: for
    /// the interval, so that each is sampled once.
    public var pageDuration: Duration?
    /// Default `.exact`.
    public var mode: Mode = .exact
    /// The index of the video stream to sample among all streams of the input. `nil`: the stream that players show.
    public var stream: Int?
    /// The first position, relative to the first picture. Default 0.
    public var start: Duration = .zero
    /// How long to sample, from `start`. `nil`: to the end.
    public var duration: Duration?
    /// Samples only these positions, in ascending order, and ignores `start` and `duration`. `nil`: samples the whole grid.
    public var stretches: [Stretch]?
    /// The maximum number of positions. `nil`: no limit.
    public var maxFrames: Int?
    /// The number of decoding threads. `nil`: one per processor.
    public var threads: Int?
    /// The deadline for opening and probing together. Default 15 s.
    public var openDeadline: Duration = .seconds(15)
    /// The deadline for each read. Default 15 s.
    public var readDeadline: Duration = .seconds(15)
    /// The maximum width × height of a coded picture, in pixels. Default 8192 × 8192.
    public var maxPixels = 8192 * 8192
    /// Sampling ends at this position. Default 24 h.
    public var maxDuration: Duration = .seconds(24 * 3600)
    /// Reading ends after this many bytes of video packets, and when more arrives over http(s) than twice as much and 64 MiB.
    /// `nil`: no limit.
    public var maxBytes: Int?
    /// The user agent for HTTP requests. Default `framesift`.
    public var userAgent = "framesift"
    /// Which addresses may be connected to. Default `.trusted`.
    public var addresses: AddressTrust = .trusted
    /// Where to decode. `nil`: as `DecoderSandbox.mode` says.
    public var sandbox: SandboxMode?

    /// The default options.
    public init() {}

    /// Consecutive positions, one interval apart.
    public struct Stretch: Hashable, Sendable {
        /// The first position, relative to the first picture.
        public var start: Duration
        /// The number of positions, at least 1.
        public var count: Int

        /// See the properties of the same names.
        public init(start: Duration, count: Int) { (self.start, self.count) = (start, count) }
    }
}

/// How far an input's address is trusted.
public enum AddressTrust: Hashable, Sendable {
    /// The address comes from whoever runs the program. http and https may connect anywhere.
    case trusted
    /// The address comes from an untrusted party. Only public addresses are connected to, including those reached through
    /// host names, redirects and playlists. Allows http, https, rtmp, rtsp, srt and rtp.
    /// - Parameter allowingPrivate: Whether private addresses are allowed too, for in-house use.
    case guarded(allowingPrivate: Bool)
}

extension cfs_options {
    /// Sets how to open an input. Returns its path or address.
    mutating func locate(_ input: VideoInput, _ trust: AddressTrust) -> String {
        switch input {
        case .path(let path): return path
        case .standardInput: return "/dev/stdin"
        case .address(let address):
            is_url = true
            if case .guarded(let allowingPrivate) = trust { (guarded, allow_private) = (true, allowingPrivate) }
            return address
        case .signed(let address):
            (is_url, alone, signing) = (true, true, address.signing.handle)
            return address.url
        }
    }
}
