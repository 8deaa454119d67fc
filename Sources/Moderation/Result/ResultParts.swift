extension ModerationResult {
    /// A video stream of the input.
    public struct Stream: Codable, Hashable, Sendable {
        /// The index among all streams of the input.
        public var index: Int
        /// FFmpeg's name, e.g. `h264`.
        public var codec: String
        /// Coded size in pixels; 0 if the header does not say.
        public var width, height: Int
        /// FFmpeg's disposition flags, such as `default` or `attached_pic`.
        public var disposition: [String]
        /// Whether the stream was sampled and judged.
        public var lookedAt: Bool

        /// See the properties of the same names.
        public init(
            index: Int, codec: String, width: Int, height: Int, disposition: [String], lookedAt: Bool
        ) {
            (self.index, self.codec, self.width, self.height) = (index, codec, width, height)
            (self.disposition, self.lookedAt) = (disposition, lookedAt)
        }
    }

    /// The input.
    public struct Media: Codable, Hashable, Sendable {
        /// 32 hexadecimal digits.
        public var id: String
        /// Its path or address, without credentials and query.
        public var uri: String
        /// IDs that the caller gave the input.
        public var referenceID, originID: String?
        /// FFmpeg's names, e.g. `mov,mp4,m4a,3gp,3g2,mj2` and `h264`.
        public var container, codec: String
        /// Coded size in pixels.
        public var width, height: Int
        /// The clockwise rotation for display, in degrees.
        public var rotation: Int
        /// As measured, in ms; `nil` if the end was not reached.
        public var duration: Int?
        /// According to the header, in ms; `nil` if it does not say.
        public var declaredDuration: Int?
        /// All video streams, judged or not; `nil` if a service read the input.
        public var streams: [Stream]?

        private enum CodingKeys: String, CodingKey {
            case id, uri, container, codec, width, height, rotation, duration, declaredDuration, streams
            // As key strategies spell `reference_id` and `origin_id`.
            case referenceID = "referenceId", originID = "originId"
        }

        /// See the properties of the same names.
        public init(
            id: String, uri: String, container: String, codec: String, width: Int, height: Int, rotation: Int,
            duration: Int?, declaredDuration: Int? = nil
        ) {
            (self.id, self.uri, self.container, self.codec) = (id, uri, container, codec)
            (self.width, self.height, self.rotation) = (width, height, rotation)
            (self.duration, self.declaredDuration) = (duration, declaredDuration)
        }
    }

    /// How frames were sampled.
    public struct Sampling: Codable, Hashable, Sendable {
        /// `exact` or `keyframes`.
        public var mode: String
        /// As in `SamplingReport` of FrameSampling.
        public var packetsRead, packetsDecoded, picturesDecoded, failures, groupsRedecoded: Int
        /// Whether the input ends before its header says, and whether a limit ended the run.
        public var truncated, cut: Bool
        /// Whether the input was decoded in a process that can do nothing else; `nil` in results of earlier versions.
        public var sandbox: Bool?

        /// See the properties of the same names.
        public init(
            mode: String, packetsRead: Int, packetsDecoded: Int, picturesDecoded: Int, failures: Int,
            groupsRedecoded: Int, truncated: Bool, cut: Bool, sandbox: Bool? = nil
        ) {
            self.sandbox = sandbox
            (self.mode, self.packetsRead, self.packetsDecoded) = (mode, packetsRead, packetsDecoded)
            (self.picturesDecoded, self.failures) = (picturesDecoded, failures)
            (self.groupsRedecoded, self.truncated, self.cut) = (groupsRedecoded, truncated, cut)
        }
    }

    /// The cost of judging.
    public struct Cost: Codable, Hashable, Sendable {
        /// Calls to a judge, units that a service bills, bytes sent to it, and positions that share a judged picture.
        public var requests, operations, bytesSent, reused: Int
        /// The number of pictures not passed on to a second judge; `nil` with a single judge.
        public var spared: Int?

        /// See the properties of the same names.
        public init(requests: Int, operations: Int, bytesSent: Int, reused: Int, spared: Int? = nil) {
            (self.requests, self.operations, self.bytesSent) = (requests, operations, bytesSent)
            (self.reused, self.spared) = (reused, spared)
        }
    }

    /// Durations in seconds.
    public struct Timing: Codable, Hashable, Sendable {
        /// The whole run.
        public var wall: Double
        /// Decoding and judging, summed over threads.
        public var decode, judge: Double
        /// Judging by model pack; `nil` if not measured.
        public var packs: [String: Double]?
        /// The duration of the video divided by that of the run; `nil` if unknown.
        public internal(set) var realtimeFactor: Double?

        /// See the properties of the same names.
        public init(wall: Double, decode: Double, judge: Double, packs: [String: Double]? = nil) {
            (self.wall, self.decode, self.judge, self.packs) = (wall, decode, judge, packs)
        }
    }
}
