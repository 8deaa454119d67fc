/// Finds text laid over a video: it keeps its place while the picture around it changes, which one picture does not tell.
///
/// A line counts as laid over where the same words stood in the same place a second and more before or after, in another
/// picture. Of the pictures before, some are kept; memory does not grow.
public struct OverlayTracker: Sendable {
    /// A picture reduced to this many pixels, luma row by row, is what pictures are compared by.
    public static let lookWidth = 32, lookHeight = 18

    private struct Seen {
        let position: Int
        let lines: [TextLine]
        let look: [UInt8]
    }
    private var seen: [Seen] = []

    /// Pictures kept.
    private static let most = 16
    /// ms.
    private static let leastDistance = 1000
    /// Mean change of the pixels around the line, levels of 255.
    private static let leastChange = 8.0
    /// Of a line's height, how far its corners may move.
    private static let mostShift = 0.1

    public init() {}

    /// The judgement of the next picture, with what earlier ones tell of its lines.
    /// - Parameters:
    ///   - look: The picture reduced; `nil` where there is none: nothing is told.
    ///   - position: ms; pictures come in order, forwards or backwards.
    public mutating func add(_ judgement: Judgement, look: [UInt8]?, at position: Int) -> Judgement {
        guard let lines = judgement.findings.lines, !lines.isEmpty, let look,
            look.count == Self.lookWidth * Self.lookHeight
        else { return judgement }
        let earlier = seen.filter { abs(position - $0.position) >= Self.leastDistance }
        seen.append(Seen(position: position, lines: lines, look: look))
        if seen.count > Self.most { seen.removeFirst() }
        var judgement = judgement
        judgement.findings.lines = lines.map { line in
            var line = line
            if earlier.contains(where: { Self.isLaidOver(line, look, $0) }) { line.origin = .artificial }
            return line
        }
        return judgement.followingOrigins()
    }

    /// The judgements of all pictures of a video, in order of position, with what those before and after them tell.
    public static func settled(_ pictures: [(position: Int, judgement: Judgement?, look: [UInt8]?)]) -> [Judgement?] {
        var judgements = pictures.map(\.judgement)
        func pass(_ order: some Sequence<Int>) {
            var tracker = OverlayTracker()
            for index in order {
                judgements[index] = judgements[index].map {
                    tracker.add($0, look: pictures[index].look, at: pictures[index].position)
                }
            }
        }
        pass(judgements.indices)
        pass(judgements.indices.reversed())
        return judgements
    }

    private static func isLaidOver(_ line: TextLine, _ look: [UInt8], _ other: Seen) -> Bool {
        other.lines.contains { $0.text == line.text && isInPlace($0, line) }
            && change(from: other.look, to: look, around: line.box) > leastChange
    }

    private static func isInPlace(_ one: TextLine, _ other: TextLine) -> Bool {
        let (most, box) = (mostShift * (other.box.y2 - other.box.y1), other.box)
        // A fraction of the width is some more pixels than one of the height: across, it may move a little further.
        return box.y2 > box.y1
            && zip(one.corners, other.corners).allSatisfy { abs($0.x - $1.x) <= most && abs($0.y - $1.y) <= most }
    }

    /// Mean absolute difference outside the box.
    private static func change(from one: [UInt8], to other: [UInt8], around box: Box) -> Double {
        let columns = box.x1 * Double(lookWidth)...max(box.x1, box.x2) * Double(lookWidth)
        let rows = box.y1 * Double(lookHeight)...max(box.y1, box.y2) * Double(lookHeight)
        var sum = 0, count = 0
        for row in 0..<lookHeight {
            for column in 0..<lookWidth {
                if rows.overlaps(Double(row)...Double(row + 1)), columns.overlaps(Double(column)...Double(column + 1)) {
                    continue
                }
                let at = row * lookWidth + column
                sum += abs(Int(one[at]) - Int(other[at]))
                count += 1
            }
        }
        return count > 0 ? Double(sum) / Double(count) : 0
    }
}

extension Judgement {
    /// With the probabilities of artificial and natural text, where they were judged, as its lines' origins have them.
    fileprivate func followingOrigins() -> Judgement {
        var judgement = self
        for (category, probability) in TextLine.probabilities(of: findings.lines ?? [])
        where [.textArtificial, .textNatural].contains(category) && probabilities[category] != nil {
            judgement.probabilities[category] = probability
        }
        return judgement
    }
}
