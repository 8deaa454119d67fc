/// Everything a finished (or interrupted) moderation has to say.
public struct ModerationResult: Hashable, Sendable {
    public enum Status: String, Hashable, Sendable, Codable {
        case success
        /// Not all of the input was seen: it is truncated or broke off, or the run was interrupted or limited.
        case partial
        case failure
    }

    /// A video stream of the input.
    public struct Stream: Hashable, Sendable, Codable {
        /// Its number among the input's streams.
        public var index: Int
        public var codec: String
        /// Pixels, as coded; 0 when the header does not say.
        public var width, height: Int
        /// FFmpeg's words: `default`, `attached_pic` ….
        public var disposition: [String]
        /// Its pictures were sampled and judged.
        public var lookedAt: Bool

        public init(
            index: Int, codec: String, width: Int, height: Int, disposition: [String], lookedAt: Bool
        ) {
            self.index = index
            self.codec = codec
            (self.width, self.height) = (width, height)
            self.disposition = disposition
            self.lookedAt = lookedAt
        }
    }

    public struct Media: Hashable, Sendable {
        /// 32 hexadecimal digits.
        public var id: String
        public var uri: String
        public var referenceID: String?
        public var originID: String?
        public var container: String
        public var codec: String
        /// Pixels, as coded.
        public var width, height: Int
        /// Degrees clockwise.
        public var rotation: Int
        /// ms, measured; `nil` when the end was not reached.
        public var duration: Int?
        /// ms, as the header says.
        public var declaredDuration: Int?
        /// Every video stream; empty where nobody here saw the input.
        public var streams: [Stream] = []

        public init(
            id: String, uri: String, referenceID: String? = nil, originID: String? = nil, container: String,
            codec: String, width: Int, height: Int, rotation: Int, duration: Int?, declaredDuration: Int? = nil
        ) {
            self.id = id
            self.uri = uri
            self.referenceID = referenceID
            self.originID = originID
            self.container = container
            self.codec = codec
            self.width = width
            self.height = height
            self.rotation = rotation
            self.duration = duration
            self.declaredDuration = declaredDuration
        }
    }

    /// How the samples were taken.
    public struct Sampling: Hashable, Sendable {
        /// `exact` or `keyframes`.
        public var mode: String
        public var packetsRead, packetsDecoded, picturesDecoded, failures, groupsRedecoded: Int
        /// The input ends before its header says, or a limit ended the run.
        public var truncated, cut: Bool

        public init(
            mode: String, packetsRead: Int, packetsDecoded: Int, picturesDecoded: Int, failures: Int,
            groupsRedecoded: Int,
            truncated: Bool, cut: Bool
        ) {
            self.mode = mode
            self.packetsRead = packetsRead
            self.packetsDecoded = packetsDecoded
            self.picturesDecoded = picturesDecoded
            self.failures = failures
            self.groupsRedecoded = groupsRedecoded
            self.truncated = truncated
            self.cut = cut
        }
    }

    public struct Cost: Hashable, Sendable {
        /// Calls to a judge; operations a service would bill; bytes sent to it; positions answered by a picture judged
        /// already.
        public var requests, operations, bytesSent, reused: Int
        /// Pictures a second judge was not asked about; `nil` where there is one judge.
        public var spared: Int?

        public init(requests: Int, operations: Int, bytesSent: Int, reused: Int, spared: Int? = nil) {
            self.requests = requests
            self.operations = operations
            self.bytesSent = bytesSent
            self.reused = reused
            self.spared = spared
        }
    }

    /// Seconds.
    public struct Timing: Hashable, Sendable {
        public var wall: Double
        /// Summed over threads.
        public var decode, judge: Double
        /// Of judging, by pack of models; `nil` where the judge does not say.
        public var packs: [String: Double]?

        public init(wall: Double, decode: Double, judge: Double, packs: [String: Double]? = nil) {
            self.wall = wall
            self.decode = decode
            self.judge = judge
            self.packs = packs
        }
    }

    public var status: Status
    /// Why the status is not success, one sentence.
    public var note: String?
    /// Somebody ended the run early.
    public var wasInterrupted: Bool
    /// The judge ended it.
    public var stop: JudgeStop?
    public var timeline: Timeline
    /// Task names as asked.
    public var tasks: [ModerationTask]
    /// Seconds between positions.
    public var frameInterval: Double
    public var media: Media
    public var sampling: Sampling
    public var provider: JudgeIdentity
    public var cost: Cost
    public var timing: Timing
    /// Lists of known videos of which something was seen.
    public var knownVideos: [KnownVideo] = []

    public init(
        status: Status, note: String?, wasInterrupted: Bool, stop: JudgeStop? = nil, timeline: Timeline,
        tasks: [ModerationTask],
        frameInterval: Double, media: Media,
        sampling: Sampling, provider: JudgeIdentity, cost: Cost, timing: Timing
    ) {
        self.status = status
        self.note = note
        self.wasInterrupted = wasInterrupted
        self.stop = stop
        self.timeline = timeline
        self.tasks = tasks
        self.frameInterval = frameInterval
        self.media = media
        self.sampling = sampling
        self.provider = provider
        self.cost = cost
        self.timing = timing
    }
}
