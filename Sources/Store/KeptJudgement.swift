import Foundation
import Moderation

/// A judgement in the form in which the database stores it, as JSON.
struct KeptJudgement: Codable {
    var probabilities: [String: Double]
    var findings: Findings

    init(_ judgement: Judgement) {
        probabilities = judgement.probabilities.byName
        findings = judgement.findings
    }

    var judgement: Judgement {
        Judgement(
            probabilities: probabilities.reduce(into: [:]) { $0[ContentCategory(rawValue: $1.key)] = $1.value },
            findings: findings)
    }

    static func decode(_ data: Data) -> Judgement? {
        try? JSONDecoder().decode(KeptJudgement.self, from: data).judgement
    }
}
