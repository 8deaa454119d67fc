import Base
import Moderation

extension ModerateContentAnswer {
    /// The age of a face for which no reliable estimate exists.
    private static let unsureAge = -1

    /// Converts a judgement. Returns `nil` if nudity was not judged.
    /// - Parameters:
    ///   - judgement: The judgement to convert.
    ///   - url: The address of the picture.
    ///   - width: The width of the picture, in pixels.
    ///   - height: The height of the picture, in pixels.
    ///   - withFaces: Whether faces were requested.
    public init?(_ judgement: Judgement, url: String, width: Int, height: Int, withFaces: Bool) {
        guard let explicit = judgement.probabilities[.nudityExplicit] else { return nil }
        let suggestive = min(judgement.probabilities[.nuditySuggestive] ?? 0, 1 - explicit)
        let (adult, teen) = ((explicit * 100).rounded(decimals: 6), (suggestive * 100).rounded(decimals: 6))
        self.init(
            url: url,
            predictions: Predictions(everyone: (100 - adult - teen).rounded(decimals: 6), teen: teen, adult: adult))
        guard withFaces else { return }
        faces = (judgement.findings.faces ?? []).map { face in
            ModerateContentFace(
                gender: face.female.map { $0 >= 0.5 ? "female" : "male" },
                age: face.minor.map { _ in face.age.map { Int($0.rounded()) } ?? Self.unsureAge },
                face: .init(
                    left: pixel(face.x1, of: width), top: pixel(face.y1, of: height), right: pixel(face.x2, of: width),
                    bottom: pixel(face.y2, of: height)))
        }
    }

    /// Converts the answer to unified categories.
    /// - Parameters:
    ///   - width: The width of the picture, in pixels.
    ///   - height: The height of the picture, in pixels.
    public func judgement(width: Int, height: Int) -> Judgement {
        var found: [ContentCategory: Double] = [
            .nudityExplicit: predictions.adult / 100, .nuditySuggestive: predictions.teen / 100,
            .nudityAny: 1 - predictions.everyone / 100,
        ]
        guard let faces else { return Judgement(probabilities: found) }
        found[.face] = faces.isEmpty ? 0 : 1
        found[.faceMultiple] = faces.count > 1 ? 1 : 0
        let (w, h) = (Double(max(1, width)), Double(max(1, height)))
        let boxes = faces.map { face in
            Face(
                x1: Double(face.face.left) / w, y1: Double(face.face.top) / h, x2: Double(face.face.right) / w,
                y2: Double(face.face.bottom) / h, confidence: 1, features: [:],
                female: face.gender.map { $0 == "female" ? 1 : 0 },
                minor: face.age.flatMap { $0 < 0 ? nil : $0 < 18 ? 1 : 0 },
                age: face.age.flatMap { $0 < 0 ? nil : Double($0) })
        }
        found[.minor] = boxes.highest(\.minor)
        found[.genderFemale] = boxes.highest(\.female)
        return Judgement(probabilities: found, findings: Findings(faces: boxes))
    }
}
