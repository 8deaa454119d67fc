import Moderation

/// Combines body parts and garments to judge suggestive nudity.
///
/// NudeNet takes any clothed chest for a covered female breast: of 19 such detections in pictures of COCO and ImageNet,
/// about three were right. So a covered breast counts only together with another suggestive part, or if the garment
/// classifier sees at least a hint of swimwear or underwear.
enum SuggestiveNudity {
    private static let chest = "female_breast_covered"
    /// The score that the EfficientNet-Lite0 pack gives garments with a probability of 0.1.
    private static let faint = 0.2

    /// The judgement with the covered breast counted if something else supports it.
    static func refined(_ judgement: Judgement) -> Judgement {
        guard let so = judgement.probabilities[.nuditySuggestive],
            let chest = judgement.findings.parts?.filter({ $0.label == chest }).map(\.confidence).max(), so >= faint
        else { return judgement }
        var result = judgement
        result.probabilities[.nuditySuggestive] = max(so, chest)
        return result
    }
}
