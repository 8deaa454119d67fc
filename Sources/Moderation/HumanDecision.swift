/// What a person says of a case that was judged.
public struct HumanDecision: Hashable, Sendable {
    /// The case's id. It alone decides in which half of the decisions the case is.
    public var caseID: String
    /// The highest probability of each judged category, 0…1.
    public var scores: [ContentCategory: Double]
    /// The categories that the person sees.
    public var present: Set<ContentCategory>
    /// How many cases of its kind it stands for, 1 or more: one over the rate for a random sample.
    public var weight: Double

    /// See the properties of the same names.
    public init(
        caseID: String, scores: [ContentCategory: Double], present: Set<ContentCategory>, weight: Double = 1
    ) {
        (self.caseID, self.scores, self.present, self.weight) = (caseID, scores, present, weight)
    }

    /// The half of all cases that a case belongs to, as if by a coin, and the same each time.
    var isHeldOut: Bool {
        // FNV-1a, whose lowest bits depend on the lowest bits of the text alone until they are mixed.
        let hash = caseID.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var mixed = SplitMix64(state: hash)
        return mixed.next() >> 63 == 1
    }
}
