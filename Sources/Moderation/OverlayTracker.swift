/// Finds text laid over a video, which keeps its place while the picture around it changes.
///
/// A line is an overlay if the same text is in the same place at least a second earlier or later, in a different picture.
/// Only a limited number of recent pictures is kept.
public struct OverlayTracker: Sendable {
    /// The size of the luma thumbnails by which pictures are compared, in pixels.
    public static let miniatureWidth = 32, miniatureHeight = 18

    private struct Seen {
        let position: Int
        let lines: [TextLine]
        let miniature: [UInt8]
    }
    private var seen: [Seen] = []

    /// The number of pictures kept.
    private static let maxCount = 16
    /// The minimum time between two pictures to compare, in ms.
    private static let leastDistance = 1000
    /// The minimum mean change of the pixels around a line, of 255.
    private static let leastChange = 8.0
    /// How far the corners of a line may move, as a share of its height.
    private static let maxShift = 0.1

    /// Starts without pictures. Use one instance per video.
    public init() {}

    /// Adds the next picture.
    /// - Parameters:
    ///   - judgement: The picture's judgement.
    ///   - miniature: The picture's luma, `miniatureWidth` × `miniatureHeight` bytes, row by row. `nil`: the picture is not compared.
    ///   - position: In ms. Pictures come in ascending or descending order.
    /// - Returns: The judgement, with lines marked as artificial if earlier pictures show that they are overlays.
    public mutating func add(_ judgement: Judgement, miniature: [UInt8]?, at position: Int) -> Judgement {
        guard let lines = judgement.findings.lines, !lines.isEmpty, let miniature,
            miniature.count == Self.miniatureWidth * Self.miniatureHeight
        else { return judgement }
        let earlier = seen.filter { abs(position - $0.position) >= Self.leastDistance }
        seen.append(Seen(position: position, lines: lines, miniature: miniature))
        if seen.count > Self.maxCount { seen.removeFirst() }
        var judgement = judgement
        judgement.findings.lines = lines.map { line in
            var line = line
            if earlier.contains(where: { Self.isLaidOver(line, miniature, $0) }) { line.origin = .artificial }
            return line
        }
        return judgement.followingOrigins()
    }

    /// Marks the overlays in all pictures of a video, by comparison with earlier and later pictures.
    /// - Parameter pictures: In order of position, with positions in ms, and looks as for `add`.
    /// - Returns: The judgements, in the same order.
    public static func settled(_ pictures: [(position: Int, judgement: Judgement?, miniature: [UInt8]?)])
        -> [Judgement?]
    {
        var judgements = pictures.map(\.judgement)
        func pass(_ order: some Sequence<Int>) {
            var tracker = OverlayTracker()
            for index in order {
                judgements[index] = judgements[index].map {
                    tracker.add($0, miniature: pictures[index].miniature, at: pictures[index].position)
                }
            }
        }
        pass(judgements.indices)
        pass(judgements.indices.reversed())
        return judgements
    }

    private static func isLaidOver(_ line: TextLine, _ miniature: [UInt8], _ other: Seen) -> Bool {
        other.lines.contains { $0.text == line.text && isInPlace($0, line) }
            && change(from: other.miniature, to: miniature, around: line.box) > leastChange
    }

    private static func isInPlace(_ one: TextLine, _ other: TextLine) -> Bool {
        let (most, box) = (maxShift * (other.box.y2 - other.box.y1), other.box)
        // In a wide picture, this allows a little more horizontal movement.
        return box.y2 > box.y1
            && zip(one.corners, other.corners).allSatisfy { abs($0.x - $1.x) <= most && abs($0.y - $1.y) <= most }
    }

    /// The mean absolute difference of the pixels outside a box.
    private static func change(from one: [UInt8], to other: [UInt8], around box: Box) -> Double {
        let columns = box.x1 * Double(miniatureWidth)...max(box.x1, box.x2) * Double(miniatureWidth)
        let rows = box.y1 * Double(miniatureHeight)...max(box.y1, box.y2) * Double(miniatureHeight)
        var sum = 0, count = 0
        for row in 0..<miniatureHeight {
            for column in 0..<miniatureWidth {
                if rows.overlaps(Double(row)...Double(row + 1)), columns.overlaps(Double(column)...Double(column + 1)) {
                    continue
                }
                let at = row * miniatureWidth + column
                sum += abs(Int(one[at]) - Int(other[at]))
                count += 1
            }
        }
        return count > 0 ? Double(sum) / Double(count) : 0
    }
}

extension Judgement {
    /// Updates the probabilities of artificial and natural text, if they were judged, from the origins of the lines.
    fileprivate func followingOrigins() -> Judgement {
        var judgement = self
        for (category, probability) in TextLine.probabilities(of: findings.lines ?? [])
        where [.textArtificial, .textNatural].contains(category) && probabilities[category] != nil {
            judgement.probabilities[category] = probability
        }
        return judgement
    }
}
