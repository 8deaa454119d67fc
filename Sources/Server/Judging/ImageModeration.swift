import Foundation
import FrameSampling
import Moderation
import Pipeline

/// The images that a dialect accepts.
struct ImageRules: Sendable {
    /// The largest file, in bytes.
    var maxBytes: Int
    /// The most pixels, width × height.
    var maxPixels: Int
    /// The limits of each side, in pixels.
    var minSide = 1
    var maxSide = Int.max
    /// Default: all that can be decoded.
    var formats = Set(ImageReader.Format.allCases)
    /// Which pictures of an animation are judged. Default: the first.
    var choice = ImageCheck.Choice.first
}

/// Judges images for all dialects, up to the server's limits.
struct ImageModeration: Sendable {
    let check: ImageCheck
    let admission: Admission
    let metrics: Metrics
    let deadline: Deadline
    /// The categories judged in every picture in addition to those asked for.
    let standing: Set<ContentCategory>

    /// Judges an image.
    /// - Parameter categories: What to judge for, in addition to `standing`. If empty, the image is only decoded.
    /// - Returns: A judgement of each picture that `rules.choice` selects.
    /// - Throws: `Refusal`, `CancellationError`, or an error of the decoder or the judge.
    func judge(
        _ image: Upload, rules: ImageRules, for categories: Set<ContentCategory>
    ) async throws -> [JudgedPicture] {
        guard image.size <= rules.maxBytes else { throw Refusal.tooLarge(limit: rules.maxBytes) }
        let pictures = try await deadline.run { renew in
            try await admission.run {
                try await translating {
                    try await check.run(
                        rules.choice, for: categories.isEmpty ? [] : categories.union(standing),
                        open: { side in try image.withBytes { try rules.open($0, longestSide: side) } },
                        accept: { try rules.require($0) }, judged: renew)
                }
            }
        }
        metrics.countPictures(pictures.count)
        // A remote judge may omit what was asked for. That must not look like a harmless picture.
        if pictures.contains(where: { $0.judgement.lacks(categories) }) { throw Refusal.failure }
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
            case .busy, .sandboxUnavailable: throw Refusal.overloaded
            case _ where error.isDecoderDeath: throw Refusal.brokenImage
            case .tooManyPages: throw Refusal.tooManyFrames(limit: ImageReader.maxPages)
            case .noDecoder, .noFont: throw Refusal.unsupportedFormat
            default: throw error
            }
        } catch let error as ImageCheck.TooManyPictures {
            throw Refusal.tooManyFrames(limit: error.limit)
        }
    }
}

extension ImageRules {
    /// Opens an image, of which nothing is decoded yet.
    /// - Throws: `Refusal` if its format is not accepted; `FrameSamplingError`.
    fileprivate func open(_ bytes: some ContiguousBytes, longestSide: Int?) throws -> ImageReader {
        let reader = try ImageReader(bytes, maxPixels: maxPixels, longestSide: longestSide)
        guard formats.contains(reader.format) else { throw Refusal.unsupportedFormat }
        return reader
    }

    /// Checks a decoded picture.
    /// - Throws: `Refusal`.
    fileprivate func require(_ picture: DecodedPicture) throws(Refusal) {
        guard picture.codedWidth >= minSide, picture.codedHeight >= minSide else { throw .tooSmall }
        guard picture.codedWidth <= maxSide, picture.codedHeight <= maxSide else { throw .tooManyPixels }
    }
}

extension Judgement {
    /// Combines the judgements of several pictures: the highest probability of each category, and the longest list of
    /// each kind of finding. Of hands, it keeps the list with the most certain gesture; of known content, a match.
    static func combined(_ judgements: [Judgement]) -> Judgement {
        if judgements.count == 1 { return judgements[0] }
        var all = Judgement(probabilities: [:])
        for judgement in judgements {
            all.probabilities.merge(judgement.probabilities) { max($0, $1) }
            all.findings.keepLonger(\.faces, of: judgement.findings)
            all.findings.keepLonger(\.lines, of: judgement.findings)
            all.findings.keep(\.hands, of: judgement.findings) { $0.map(\.gesture).max() ?? 0 }
            all.findings.keepLonger(\.parts, of: judgement.findings)
            all.findings.keepLonger(\.qrCodes, of: judgement.findings)
            if all.findings.known?.match == nil { all.findings.known = judgement.findings.known ?? all.findings.known }
            if all.findings.colors == nil { all.findings.colors = judgement.findings.colors }
        }
        return all
    }
}

extension Findings {
    fileprivate mutating func keepLonger<Found>(_ list: WritableKeyPath<Findings, [Found]?>, of other: Findings) {
        keep(list, of: other) { Double($0.count) }
    }

    /// Keeps the list with the higher weight.
    fileprivate mutating func keep<Found>(
        _ list: WritableKeyPath<Findings, [Found]?>, of other: Findings, weight: ([Found]) -> Double
    ) {
        if (other[keyPath: list].map(weight) ?? -1) > (self[keyPath: list].map(weight) ?? -1) {
            self[keyPath: list] = other[keyPath: list]
        }
    }
}

extension Judgement {
    /// Whether it has neither findings nor a probability of any of the categories.
    fileprivate func lacks(_ categories: Set<ContentCategory>) -> Bool {
        !categories.isEmpty && categories.isDisjoint(with: probabilities.keys) && findings.isEmpty
    }
}
