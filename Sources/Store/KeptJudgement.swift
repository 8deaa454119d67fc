import Moderation

/// A judgement in the form in which the database stores it, as JSON.
struct KeptJudgement: Codable {
    var probabilities: [String: Double]
    var findings: Findings

    init(_ judgement: Judgement) {
        let pairs = judgement.probabilities.map { ($0.key.rawValue, $0.value) }
        probabilities = Dictionary(pairs) { first, _ in first }
        findings = judgement.findings
    }

    var judgement: Judgement {
        let pairs = probabilities.map { (Moderation.Category(rawValue: $0.key), $0.value) }
        return Judgement(probabilities: Dictionary(pairs) { first, _ in first }, findings: findings)
    }
}
