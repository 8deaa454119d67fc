import Base
import Digests
import Foundation
import Moderation
import Store

/// Turns what a job's policy makes of its samples into cases with pictures, for the journal to store.
///
/// Not thread-safe, but for `pictures`: it belongs to one `JobJournal`.
final class CaseRecorder {
    /// What is to be stored.
    struct Finds {
        var cases: [NewCase] = []
        var pictures: [EvidencePicture] = []
        /// Whether pictures that no case needs are to go, since second looks may have refuted what they were kept for.
        var isFinal = false

        /// These and later ones, each case as it is last.
        func followed(by later: Finds) -> Finds {
            let newer = Set(later.cases.map(\.id))
            return Finds(
                cases: cases.filter { !newer.contains($0.id) } + later.cases, pictures: pictures + later.pictures,
                isFinal: later.isFinal)
        }

        /// - Parameter isOver: Whether it is the job's last note.
        func put(into note: inout JobNote, of recorder: CaseRecorder, isOver: Bool) {
            (note.cases, note.pictures, note.medium) = (cases, pictures, recorder.medium)
            if isOver, isFinal { note.pictureMargin = CaseRecorder.neighbors * recorder.interval }
        }
    }

    /// How many pictures before and after the one to look at are kept.
    static let neighbors = 3

    private let medium: CaseMedium
    /// In ms.
    private let interval: Int
    private var finder: CaseFinder
    private let keepsPictures: Bool
    let pictures: CasePictures?
    /// How many of the next samples are still near one to look at.
    private var following = 0
    /// The positions of the last samples whose thumbnails are not kept so far, the newest last.
    private var preceding: [Int] = []

    init(_ medium: CaseMedium, _ request: ModerationRequest, keepsPictures: Bool) {
        (self.medium, self.keepsPictures) = (medium, keepsPictures)
        interval = request.interval.wholeMilliseconds
        finder = CaseFinder(request) { Self.draw(medium.media, $0) }
        pictures = keepsPictures ? CasePictures(finder) : nil
    }

    /// A number in 0..<1 that nobody can foresee who does not know the id of the medium, which the server makes up.
    private static func draw(_ media: String, _ position: Int) -> Double {
        let digest = Digest(.sha256, of: Data("\(media) \(position)".utf8))
        let bits = digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Double(bits >> 11) / Double(1 << 53)
    }

    /// Adds what the policy makes of the next sample.
    func add(_ step: RunningDecision.Step) -> Finds {
        let cases = finder.add(step).map { new($0) }
        let isPeak = finder.isPeak
        return Finds(cases: cases, pictures: keepsPictures ? pictures(step.sample, isPeak: isPeak) : [])
    }

    /// Ends the job's cases.
    /// - Parameter segments: Those that count after second looks.
    func finish(_ segments: [Segment]) -> Finds {
        var cases = finder.finish()
        if finder.waitsForLooks { cases += finder.conclude(segments) }
        return Finds(cases: cases.map { new($0) }, isFinal: keepsPictures && finder.waitsForLooks)
    }

    /// The same id for the same find, also where another process goes on with the job.
    private func new(_ found: ReviewCase) -> NewCase {
        let parts = [
            medium.media, "\(found.stream ?? -1)", found.reason.rawValue, found.category?.rawValue ?? "",
            "\(found.start)",
        ]
        let digest = Digest(.sha256, of: Data(parts.joined(separator: " ").utf8)).hexadecimal
        return NewCase(id: "case_\(digest.prefix(20))", found: found)
    }

    // MARK: Pictures

    private func pictures(_ sample: TimelineSample, isPeak: Bool) -> [EvidencePicture] {
        guard let pictures else { return [] }
        var kept: [EvidencePicture] = []
        func keep(_ position: Int, _ kind: EvidencePicture.Kind, _ jpeg: Data?) {
            guard let jpeg else { return }
            kept.append(EvidencePicture(stream: sample.stream, position: position, kind: kind, jpeg: jpeg))
        }
        let taken = pictures.take(sample.position)
        if isPeak {
            following = Self.neighbors + 1
            keep(sample.position, .still, taken?.still)
            for (position, thumbnail) in preceding.map({ ($0, pictures.thumbnail($0)) }) {
                keep(position, .thumbnail, thumbnail)
            }
            preceding = []
        }
        if following > 0 {
            following -= 1
            keep(sample.position, .thumbnail, taken?.thumbnail)
        } else {
            preceding.append(sample.position)
            if preceding.count > Self.neighbors { preceding.removeFirst() }
        }
        return kept
    }
}
