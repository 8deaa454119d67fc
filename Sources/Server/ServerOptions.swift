import Callbacks
import Foundation
import Moderation

/// How a server runs.
public struct ServerOptions: Sendable {
    /// Numeric address or name; loopback by default.
    public var host = "127.0.0.1"
    /// 0: any that is free.
    public var port = 8080
    /// A YAML file of keys; without one any key is good, which only a loopback address may offer.
    public var keys: String?
    /// What decides on everything; a key's own comes first. `nil`: what is harmful by default, from one half on.
    public var policy: Policy?
    /// Leave out unjudged models instead of refusing the request.
    public var isPartial = false
    /// Fetch URLs at private, loopback and other special addresses too.
    public var allowsPrivateURLs = false
    /// Images being judged or waiting for it; more are refused at once.
    public var imageQueue = 64
    /// Videos judged at once; more are refused at once.
    public var videos = 2
    /// Pictures of one video at most.
    public var picturesPerVideo = 3600
    /// Bytes of an uploaded video.
    public var maxVideoBytes = 50 << 20
    /// Bytes read of a video at a URL.
    public var maxVideoURLBytes = 1 << 30
    /// Bytes of a video sent ahead of its job.
    public var maxLargeVideoBytes = 2 << 30
    /// Submitted videos and streams judged at once; more are refused.
    public var jobs = 4
    /// A submitted stream that is not live for this long is given up.
    public var streamGiveUpAfter: Duration = .seconds(60)
    /// Where uploads wait for their jobs, and where processes that share the state tell each other apart.
    public var stateFolder = URL(filePath: NSTemporaryDirectory()).appending(path: "framesift-\(getuid())")
    /// Signs callbacks; `nil`: they are not signed.
    public var callbackSecret: String?
    /// When callbacks are tried.
    public var callbackRules = CallbackRules()
    /// Connections at once; more wait until one closes.
    public var connections = 1024
    /// For what is in flight when the server is asked to stop.
    public var shutdownGrace: Duration = .seconds(20)
    /// For a request's body to arrive.
    public var bodyDeadline: Duration = .seconds(600)
    /// For one picture of an image: waiting, decoding and judging.
    public var pictureDeadline: Duration = .seconds(20)
    /// For one video.
    public var videoDeadline: Duration = .seconds(600)
    /// A connection on which nothing happens is closed.
    public var idleTimeout: Duration = .seconds(60)
    public var version = ""

    public init() {}

    /// Whether only this machine can reach it.
    public var isLoopback: Bool { Loopback.contains(host: host) }
}

/// Why a server does not start.
public enum ServerStartError: Error, Hashable, Sendable, CustomStringConvertible {
    case keysRequired(host: String)

    public var description: String {
        switch self {
        case .keysRequired(let host):
            "Listening on \(host), which others can reach, needs a file of keys: --keys FILE."
        }
    }
}
