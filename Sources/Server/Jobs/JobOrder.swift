import Foundation
import Moderation

/// What somebody ordered: kept with the job, so that it can go on after a crash.
struct JobOrder: Codable, Sendable {
    enum Source: Codable, Sendable {
        case address(String)
        /// A file of ours, deleted when the job is over.
        case file(String)
    }

    /// Ids of the medium and of the request that submitted it.
    var media, request: String
    /// The address, or the file's name.
    var uri: String
    var source: Source
    /// Sightengine's models.
    var models: [String]
    /// Seconds between positions.
    var interval: Double
    /// Seconds of the video, from its beginning.
    var maxDuration: Double
    var callback: String?
    /// Category → probability that makes a callback.
    var thresholds: [String: Double]
    /// Units the key may use in all; `nil`: no limit.
    var quota: Int?
    /// `nil`: none was given.
    var policy: Policy?

    /// Whether the address is one of a stream that does not wait for its reader.
    var isLive: Bool {
        guard case .address(let address) = source else { return false }
        return ["rtmp:", "rtmps:", "rtsp:", "srt:", "rtp:"].contains { address.lowercased().hasPrefix($0) }
    }

    var thresholdsByCategory: [Moderation.Category: Double] {
        Dictionary(uniqueKeysWithValues: thresholds.map { (Moderation.Category(rawValue: $0.key), $0.value) })
    }
}
