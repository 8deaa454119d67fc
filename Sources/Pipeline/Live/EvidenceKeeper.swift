import FrameSampling
import Moderation

/// Tracks the evidence of one stream's segments: existing files, and clips still to be cut.
///
/// Belongs to one run, which is an actor and isolates it, so calls never overlap.
final class EvidenceKeeper {
    private let place: any EvidencePlace
    private let prefix: String
    /// By segment, for open segments and those whose clip is not cut yet.
    private var files: [Int: [String]] = [:]
    private var clips: [(segment: LiveSegment, stretch: Range<Int>)] = []

    init(_ place: any EvidencePlace, stream: String) {
        self.place = place
        prefix = EvidenceName.safe(stream)
    }

    func files(of segment: Int) -> [String] { files[segment] ?? [] }

    /// Saves the picture if a segment opens or reaches a new peak.
    func note(
        _ change: RuleEngine.Change, _ picture: DecodedPicture, at position: Int,
        isolation: isolated (any Actor)? = #isolation
    ) async {
        let segment = change.segment
        switch change {
        case .opened:
            await keep(picture, segment, "opening")
            guard let margin = place.clipMargin else { return }
            clips.append((segment, max(0, position - margin * 1000)..<position + margin * 1000))
        case .updated where segment.peakPosition == position: await keep(picture, segment, "peak")
        default: break
        }
    }

    private func name(_ segment: LiveSegment, _ what: String) -> String {
        "\(prefix)-\(segment.id)-\(EvidenceName.safe(segment.category.rawValue))-\(what)"
    }

    private func keep(
        _ picture: DecodedPicture, _ segment: LiveSegment, _ what: String,
        isolation: isolated (any Actor)? = #isolation
    ) async {
        add(await place.keep(picture, name(segment, what) + ".jpg"), to: segment)
    }

    private func add(_ path: String?, to segment: LiveSegment) {
        guard let path, !files(of: segment.id).contains(path) else { return }
        files[segment.id, default: []].append(path)
    }

    func closed(_ segment: LiveSegment) {
        if !clips.contains(where: { $0.segment.id == segment.id }) { files[segment.id] = nil }
    }

    /// Cuts the clips that end by `position` (ms).
    /// - Returns: Their segments with all evidence.
    func writeClips(
        _ connection: LiveConnection, until position: Int, isolation: isolated (any Actor)? = #isolation,
        locate: (Range<Int>) -> Range<Duration>?
    ) async -> [LiveSegment] {
        var written: [LiveSegment] = []
        while let index = clips.firstIndex(where: { $0.stretch.upperBound <= position }) {
            let (segment, stretch) = clips.remove(at: index)
            guard let times = locate(stretch),
                let path = await place.keep(clip: times, of: connection, name(segment, "clip") + ".mp4")
            else { continue }
            add(path, to: segment)
            var told = segment
            told.evidence = files(of: segment.id)
            written.append(told)
        }
        return written
    }
}
