import Moderation

/// How parts of a body and garments together tell suggestive nudity.
///
/// A covered female breast is any clothed chest to NudeNet: of 19 alarms on COCO's and ImageNet's pictures about three were
/// right. So it counts only in company: with another part that is suggestive, or where the classifier of garments sees
/// swimwear or underwear, if faintly.
enum SuggestiveNudity {
    private static let chest = "female_breast_covered"
    /// The score that EfficientNet-Lite0's pack gives garments of a probability of 0.1.
    private static let faint = 0.2

    /// The judgement with the chest counted where it is in company.
    static func refined(_ judgement: Judgement) -> Judgement {
        guard let so = judgement.probabilities[.nuditySuggestive],
            let chest = judgement.findings.parts?.filter({ $0.label == chest }).map(\.confidence).max(), so >= faint
        else { return judgement }
        var result = judgement
        result.probabilities[.nuditySuggestive] = max(so, chest)
        return result
    }
}
