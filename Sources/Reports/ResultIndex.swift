import Base
import Moderation

/// An overview of many results: for each its decision and its worst moment.
public struct ResultIndex: JSONDocument, Sendable {
    /// One result.
    public struct Row: Codable, Hashable, Sendable {
        /// The name of the result's file.
        public var result: String
        /// The path or address of the video.
        public var uri: String
        /// The user's own id of the video.
        public var referenceId: String?
        /// The decision.
        public var finalDecision: Decision
        /// The confidence in the decision, 0…1.
        public var confidenceScoreDecision: Double?
        /// The numbers of pictures by decision, and of segments.
        public var nbImages, nbImagesOk, nbImagesKo, nbImagesUndetermined, nbSegments: Int
        /// The harmful category that is furthest above its threshold, or closest to it.
        public var worstCategory: String?
        /// Its highest probability, 0…1.
        public var worstProbability: Double?
        /// The position of that probability, and the length of the video, in ms.
        public var worstPosition, duration: Int?
        /// The judge's name.
        public var provider: String

        /// - Parameters:
        ///   - name: The name of the result's file.
        ///   - result: The result.
        public init(_ name: String, _ result: ModerationResult) {
            let worst = result.worst
            self.result = name
            (uri, referenceId, duration) = (result.media.uri, result.media.referenceID, result.media.duration)
            (finalDecision, confidenceScoreDecision) = (result.finalDecision, result.confidenceScoreDecision)
            (nbImages, nbImagesOk, nbImagesKo) = (result.nbImages, result.nbImagesOk, result.nbImagesKo)
            (nbImagesUndetermined, nbSegments) = (result.nbImagesUndetermined, result.segments.count)
            (worstCategory, worstProbability) = (worst?.category, worst?.probability)
            worstPosition = worst?.position
            provider = result.provider.name
        }

        /// The names of `fields`.
        static let columns = [
            "result", "uri", "reference_id", "final_decision", "confidence_score_decision", "nb_images", "nb_images_ok",
            "nb_images_ko", "nb_images_undetermined", "nb_segments", "worst_category", "worst_probability",
            "worst_position", "duration", "provider",
        ]

        /// The row as CSV has it.
        var fields: [String] {
            let counts = [nbImages, nbImagesOk, nbImagesKo, nbImagesUndetermined, nbSegments]
            var fields = [result, uri, referenceId ?? "", finalDecision.rawValue]
            fields.append(confidenceScoreDecision.map(CSVReport.number) ?? "")
            fields += counts.map { String($0) }
            fields += [worstCategory ?? "", worstProbability.map(CSVReport.number) ?? ""]
            fields += [worstPosition, duration].map { $0.map { String($0) } ?? "" }
            return fields + [provider]
        }
    }

    /// In the order of the results.
    public var rows: [Row]

    /// - Parameter results: The names of the results' files, and the results.
    public init(_ results: [(String, ModerationResult)]) { rows = results.map { Row($0, $1) } }

    /// A row for each result, with a header.
    public func csv() -> String { CSVReport.text([Row.columns] + rows.map(\.fields)) }

    /// A line for each result, for people.
    public func text() -> String {
        rows.map { row in
            let worst = row.worstCategory.map { category in
                "\(category) \(ReportPage.percent(row.worstProbability ?? 0)) at \(Timecode(milliseconds: row.worstPosition ?? 0).exact)"
            }
            return
                "\(row.finalDecision.rawValue)  \(row.nbImagesKo) KO of \(row.nbImages)  \(worst ?? "-")  \(row.result)\n"
        }.joined()
    }
}

extension ModerationResult {
    /// The moment that speaks most for KO. Dismissed segments do not count.
    fileprivate var worst: (category: String, probability: Double, position: Int)? {
        func excess(_ category: String, _ probability: Double) -> Double {
            probability - (policy.thresholds[category] ?? policy.threshold)
        }
        let segments = segments.map { ($0.category.rawValue, $0.peak.probability, $0.peak.position) }
        let highest = categories.sorted { $0.key < $1.key }.filter {
            !ContentCategory(rawValue: $0.key).isInformational
        }
        .map { ($0.key, $0.value.max, $0.value.positionOfMax) }
        let candidates = segments.isEmpty ? highest : segments
        return candidates.max { excess($0.0, $0.1) < excess($1.0, $1.1) }.map { ($0.0, $0.1, $0.2) }
    }
}
