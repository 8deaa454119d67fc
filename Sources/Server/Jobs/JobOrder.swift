import Foundation
import Moderation
import Store

/// What to judge in a job, and how. Stored with the job, so that another process can resume it.
struct JobOrder: Codable, Sendable {
    /// Where the video comes from.
    enum Source: Codable, Sendable {
        case address(String)
        /// The path of a file of the server's, deleted when the job ends.
        case file(String)
        /// An object of the bucket for media, by its `s3://` address, deleted when the job ends.
        case object(String)
    }

    /// The ids of the medium and of the request that submitted it.
    var media, request: String
    /// The medium's name in answers: its address or file name.
    var uri: String
    var source: Source
    /// Names of Sightengine's models, or of categories.
    var models: [String]
    /// Seconds between positions.
    var interval: Double
    /// The longest part to judge, in seconds from the beginning.
    var maxDuration: Double
    /// The address for callbacks.
    var callback: String?
    /// The probabilities (0…1) from which on categories make a callback due.
    var thresholds: [String: Double]
    /// The units that the key may use in total; `nil` for no limit.
    var quota: Int?
    /// The submitter's own id.
    var reference: String?
    /// The key's or the server's policy; `nil` for the default one.
    var policy: Policy?
    /// Who sends the stream, if a media server asked for it. Its address is then one that the operator has set.
    var publisher: StreamPublisher?

    /// Whether the source is a live stream, by the scheme of its address.
    var isLive: Bool {
        guard case .address(let address) = source else { return false }
        return ["rtmp:", "rtmps:", "rtsp:", "srt:", "rtp:"].contains { address.lowercased().hasPrefix($0) }
    }

    /// `thresholds` by category instead of by name.
    var thresholdsByCategory: [ContentCategory: Double] {
        Dictionary(uniqueKeysWithValues: thresholds.map { (ContentCategory(rawValue: $0.key), $0.value) })
    }
}

extension JobOrder {
    /// The order of a stored job.
    /// - Throws: `DecodingError`.
    init(of job: StoredJob) throws { self = try JSONDecoder().decode(Self.self, from: job.order) }
}
