import Foundation
import TestSupport

extension FaultServer.Behaviour {
    /// PicPurify's answer about a picture, as its documentation prints it, for one task; billed as one unit.
    static func picPurify(isPorn: Bool) -> Self {
        let decision = isPorn ? "KO" : "OK"
        return Self(
            body: """
                {"status":"success","porn_moderation":{"porn_content":\(isPorn),"compute_time":0.1,
                "confidence_score":0.99},"final_decision":"\(decision)","media":{"media_id":"a"},"units_consumed":1}
                """)
    }

    /// PicPurify's answer about a video, as its documentation prints it: two pictures.
    static func picPurifyVideo() throws -> Self {
        let sample = Fixtures.root.appending(path: "Tests/WireTests/Samples/picpurify-video.json")
        return Self(body: try String(contentsOf: sample, encoding: .utf8))
    }
}
