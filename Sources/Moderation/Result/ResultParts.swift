extension ModerationResult {
    /// A video stream of the input.
    public struct Stream: Codable, Hashable, Sendable {
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

    /// What was moderated.
    public struct Media: Codable, Hashable, Sendable {
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
        /// Every video stream, looked at or not; `nil` where nobody here saw the input.
        public var streams: [Stream]?

        private enum CodingKeys: String, CodingKey {
            case id, uri, container, codec, width, height, rotation, duration, declaredDuration, streams
            // As key strategies spell `reference_id` and `origin_id`.
            case referenceID = "referenceId", originID = "originId"
        }

        public init(
            id: String, uri: String, container: String, codec: String, width: Int, height: Int, rotation: Int,
            duration: Int?, declaredDuration: Int? = nil
        ) {
            self.id = id
            self.uri = uri
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
    public struct Sampling: Codable, Hashable, Sendable {
        /// `exact` or `keyframes`.
        public var mode: String
        public var packetsRead, packetsDecoded, picturesDecoded, failures, groupsRedecoded: Int
        /// The input ends before its header says, or a limit ended the run.
        public var truncated, cut: Bool

        public init(
            mode: String, packetsRead: Int, packetsDecoded: Int, picturesDecoded: Int, failures: Int,
            groupsRedecoded: Int, truncated: Bool, cut: Bool
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

    /// What judging took.
    public struct Cost: Codable, Hashable, Sendable {
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

    /// How long it took, seconds.
    public struct Timing: Codable, Hashable, Sendable {
        public var wall: Double
        /// Summed over threads.
        public var decode, judge: Double
        /// Of judging, by pack of models; `nil` where the judge does not say.
        public var packs: [String: Double]?
        /// Video seconds judged a second; `nil` when the duration is unknown.
        public internal(set) var realtimeFactor: Double?

        public init(wall: Double, decode: Double, judge: Double, packs: [String: Double]? = nil) {
            self.wall = wall
            self.decode = decode
            self.judge = judge
            self.packs = packs
        }
    }
}
