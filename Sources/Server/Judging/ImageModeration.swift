import Foundation
import FrameSampling
import Moderation
import Pipeline

/// What a dialect's API takes as an image.
struct ImageRules: Sendable {
    /// Bytes.
    var maxBytes: Int
    /// Width × height.
    var maxPixels: Int
    /// Each side.
    var minSide = 1
    var maxSide = Int.max
    var formats: Set<ImageReader.Format> = [.jpeg, .png, .gif, .bmp, .webp, .tiff, .ico]
    /// Which pictures of an animation are judged.
    var choice = ImageCheck.Choice.first
}

/// Judges images for all dialects, with one judge, and no more at once than the server takes on.
struct ImageModeration: Sendable {
    let check: ImageCheck
    let admission: Admission
    let metrics: Metrics
    let deadline: PictureDeadline
    /// Looked for in every picture, whatever a request asks for.
    let standing: Set<Moderation.Category>

    /// Judges for the categories and what is always looked for; for no categories at all, nothing. Throws `Refusal`.
    func judge(
        _ image: Upload, rules: ImageRules, for categories: Set<Moderation.Category>
    ) async throws -> [JudgedPicture] {
        guard image.size <= rules.maxBytes else { throw Refusal.tooLarge(limit: rules.maxBytes) }
        let pictures = try await deadline.run { renew in
            try await admission.run {
                try await translating {
                    try await check.run(
                        rules.choice, for: categories.isEmpty ? [] : categories.union(standing),
                        open: { side in
                            try image.withBytes {
                                try ImageReader($0, maxPixels: rules.maxPixels, longestSide: side)
                            }
                        }, accept: { try rules.require($0, $1) }, judged: renew)
                }
            }
        }
        metrics.countPictures(pictures.count)
        // A service as judge may leave out what it was asked for; that is no answer, let alone an innocent one.
        if pictures.contains(where: { $0.judgement.saysNothing(of: categories) }) { throw Refusal.failure }
        return pictures
    }

    private func translating<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as FrameSamplingError {
            switch error.code {
            case .notAnImage: throw Refusal.notAnImage
            case .tooManyPixels: throw Refusal.tooManyPixels
            case .brokenImage: throw Refusal.brokenImage
            case .busy: throw Refusal.overloaded
            default: throw error
            }
        } catch let error as ImageCheck.TooManyPictures {
            throw Refusal.tooManyFrames(limit: error.limit)
        }
    }
}

extension ImageRules {
    func require(_ picture: DecodedPicture, _ format: ImageReader.Format) throws {
        guard formats.contains(format) else { throw Refusal.unsupportedFormat }
        guard picture.codedWidth >= minSide, picture.codedHeight >= minSide else { throw Refusal.tooSmall }
        guard picture.codedWidth <= maxSide, picture.codedHeight <= maxSide else { throw Refusal.tooManyPixels }
    }
}

extension Judgement {
    /// One judgement of several pictures: the highest probability of each category, and what was found in the picture
    /// that holds the most, of hands in that with the surest gesture.
    static func combined(_ judgements: [Judgement]) -> Judgement {
        var all = Judgement(probabilities: [:])
        for judgement in judgements {
            all.probabilities.merge(judgement.probabilities) { max($0, $1) }
            all.findings.keepLonger(\.faces, of: judgement.findings)
            all.findings.keepLonger(\.lines, of: judgement.findings)
            all.findings.keep(\.hands, of: judgement.findings) { $0.map(\.gesture).max() ?? 0 }
            all.findings.keepLonger(\.parts, of: judgement.findings)
            if all.findings.qrCodes == nil { all.findings.qrCodes = judgement.findings.qrCodes }
            if all.findings.colors == nil { all.findings.colors = judgement.findings.colors }
        }
        return all
    }
}

extension Findings {
    fileprivate mutating func keepLonger<Found>(_ list: WritableKeyPath<Findings, [Found]?>, of other: Findings) {
        keep(list, of: other) { Double($0.count) }
    }

    /// - Parameter weight: Of the two lists the heavier is kept.
    fileprivate mutating func keep<Found>(
        _ list: WritableKeyPath<Findings, [Found]?>, of other: Findings, weight: ([Found]) -> Double
    ) {
        if (other[keyPath: list].map(weight) ?? -1) > (self[keyPath: list].map(weight) ?? -1) {
            self[keyPath: list] = other[keyPath: list]
        }
    }
}

extension Judgement {
    fileprivate func saysNothing(of categories: Set<Moderation.Category>) -> Bool {
        !categories.isEmpty && categories.isDisjoint(with: probabilities.keys) && findings.isEmpty
    }
}
