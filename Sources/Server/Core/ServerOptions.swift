import Callbacks
import Foundation
import Moderation

/// The configuration of a server.
public struct ServerOptions: Sendable {
    /// The address or host name to listen on. Default 127.0.0.1.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 for any free one. Default 8080.
    public var port = 8080
    /// The keys. Default `nil`: any key is accepted, which is only allowed on a loopback host.
    public var keys: KeyFile?
    /// The policy for keys without their own. Default `nil`: a category that is harmful by default is KO from a
    /// probability of 0.5 on.
    public var policy: Policy?
    /// Whether models that the judge cannot serve are skipped. Otherwise such requests are refused. Default false.
    public var isPartial = false
    /// Whether URLs at private, loopback and other special addresses are fetched. Default false.
    public var allowsPrivateURLs = false
    /// The most images judged or waiting at once; further ones are refused. Default 64.
    public var imageQueue = 64
    /// The most videos judged at once while clients wait; further ones are refused. Default 2.
    public var videos = 2
    /// The most pictures judged of one video while the client waits. Default 3600.
    public var picturesPerVideo = 3600
    /// The largest uploaded video, in bytes. Default 50 MiB.
    public var maxVideoBytes = 50 << 20
    /// The most bytes read of a video at a URL. Default 1 GiB.
    public var maxVideoURLBytes = 1 << 30
    /// The largest video uploaded ahead of its job, in bytes. Default 2 GiB.
    public var maxLargeVideoBytes = 2 << 30
    /// The most submitted videos and streams judged at once; further ones are refused, or wait for another
    /// process where the store is shared. Default 4.
    public var jobs = 4
    /// Whether the APIs and the dashboard are served; otherwise only `/healthz` and `/metrics` are. Default true.
    public var serves = true
    /// Whether jobs are judged here, not only accepted. Default true.
    public var works = true
    /// The most submitted videos judged at once; `nil`, the default, for as many as `jobs`.
    public var maxFileJobs: Int?
    /// The most streams judged at once; `nil`, the default, for as many as `jobs`.
    public var maxLiveJobs: Int?
    /// A submitted stream is given up if it is not live for this long. Default 60 s.
    public var streamGiveUpAfter: Duration = .seconds(60)
    /// The folder for uploads that wait for their jobs. Default: one per user in the temporary directory.
    public var stateFolder = URL(filePath: NSTemporaryDirectory()).appending(path: "framesift-\(getuid())")
    /// Where the files of submitted videos are kept. Default `nil`: in `stateFolder`, where only processes that share it
    /// can judge them.
    public var media: JobMedia?
    /// Whether there is a review queue, and what is kept for it. Default `nil`: there is none.
    public var review: ReviewOptions?
    /// The secret that signs callbacks. Default `nil`: they are not signed.
    public var callbackSecret: String?
    /// How callbacks are delivered.
    public var callbackRules = CallbackRules()
    /// What is done at verdicts on submitted videos and streams. Default: nothing.
    public var actions = Actions()
    /// The address of the media server whose publishers are watched when it says so, such as `rtmp://127.0.0.1:1935`.
    /// Default `nil`: no media server may say so.
    public var mediaServer: String?
    /// The most connections at once; further ones wait. Default 1024.
    public var connections = 1024
    /// The time for requests in progress when the server is told to stop. Default 20 s.
    public var shutdownGrace: Duration = .seconds(20)
    /// The longest wait for a request's body. Default 10 min.
    public var bodyDeadline: Duration = .seconds(600)
    /// The longest time for one picture of an image, including waiting, decoding and judging. Default 20 s.
    public var pictureDeadline: Duration = .seconds(20)
    /// The longest time to judge a video while the client waits. Default 10 min.
    public var videoDeadline: Duration = .seconds(600)
    /// A connection is closed after this long without traffic. Default 60 s.
    public var idleTimeout: Duration = .seconds(60)
    /// Whether the process has given up what it does not need, for `/healthz`. Default `nil`: it does not say.
    public var isConfined: Bool?
    /// The version, for `User-Agent` headers and the API description. Default empty.
    public var version = ""

    /// The defaults.
    public init() {}

    /// Whether `host` is only reachable from this machine.
    public var isLoopback: Bool { Loopback.contains(host: host) }

    /// The `User-Agent` header of requests to media and callback receivers.
    var userAgent: String { "framesift/" + version }
}

/// Why a server cannot start.
public enum ServerStartError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Other machines can reach the host, so that a file of keys is required.
    case keysRequired(host: String)

    /// A sentence for people.
    public var description: String {
        switch self {
        case .keysRequired(let host):
            "Other machines can reach \(host), so that a file of keys is required: --keys FILE."
        }
    }
}
