import Moderation

/// A loaded detector of parts.
struct PartDetector: PackJudge {
    let name: String
    let parts: Parts
    let model: CompiledModel

    /// Boxes beyond these, the least likely ones, are not looked at.
    private static let mostBoxes = 300

    var longestSide: Int? { parts.input.side }

    func judge(_ still: any Still, for categories: Set<Moderation.Category>) throws -> Judgement {
        let found = suppress(try candidates(in: still))
        var result = Judgement(probabilities: [:])
        for (category, labels) in parts.outputs where categories.contains(category) {
            result.probabilities[category] = found.filter { labels.contains($0.label) }.map(\.confidence).max() ?? 0
        }
        result.findings.parts = found
        return result
    }

    private func candidates(in still: any Still) throws -> [BodyPart] {
        let side = parts.input.side
        let longest = max(still.width, still.height)
        let width = max(1, (still.width * side + longest / 2) / longest)
        let height = max(1, (still.height * side + longest / 2) / longest)
        let pixels = try still.pixels(.rgb, width: width, height: height)
        let output = try model.run(outputs: 1) { tensor in
            guard tensor.count == side * side * 3 else {
                throw OnDeviceError(.badManifest, "The pack \(name): its model takes \(tensor.count) numbers.")
            }
            parts.input.tensor.fill(tensor, side, from: pixels, width: width, height: height)
        }[0]
        let rows = 4 + parts.labels.count
        guard output.count.isMultiple(of: rows) else {
            throw OnDeviceError(.badManifest, "The pack \(name) has as many labels as its model does not.")
        }
        let picture = (width: Double(width), height: Double(height))
        return (0..<(output.count / rows)).compactMap { decode(output, $0, of: output.count / rows, in: picture) }
    }

    /// A column of the output: centre, width and height in pixels of the square, then a score a label.
    private func decode(
        _ output: [Float], _ column: Int, of columns: Int, in picture: (width: Double, height: Double)
    ) -> BodyPart? {
        var label = 0
        for other in parts.labels.indices
        where output[(4 + other) * columns + column] > output[(4 + label) * columns + column] {
            label = other
        }
        let score = Double(output[(4 + label) * columns + column])
        guard score > parts.boxes.score else { return nil }
        let place = (0..<4).map { Double(output[$0 * columns + column]) }
        func fraction(_ value: Double, _ whole: Double) -> Double { min(max(value / whole, 0), 1) }
        let box = Box(
            x1: fraction(place[0] - place[2] / 2, picture.width), y1: fraction(place[1] - place[3] / 2, picture.height),
            x2: fraction(place[0] + place[2] / 2, picture.width), y2: fraction(place[1] + place[3] / 2, picture.height))
        return BodyPart(label: parts.labels[label], box: box, confidence: score)
    }

    /// Non-maximum suppression across all labels.
    private func suppress(_ found: [BodyPart]) -> [BodyPart] {
        var kept: [BodyPart] = []
        for part in found.sorted(by: { $0.confidence > $1.confidence }).prefix(Self.mostBoxes)
        where kept.allSatisfy({ $0.box.overlap(part.box) <= parts.boxes.overlap }) {
            kept.append(part)
        }
        return kept
    }
}
