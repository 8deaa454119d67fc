import Moderation

/// A loaded `Parts` network.
struct PartsJudge: PackJudge {
    let name: String
    let parts: Parts
    let model: CompiledModel

    /// The values before the labels' probabilities: center, width and height.
    private static let geometry = 4
    private static let input = TensorInput(layout: .nchw, channels: .rgb, mean: [0, 0, 0], scale: 1 / 255)

    var longestSide: Int? { parts.side }

    func judge(_ still: any Picture, for categories: Set<ContentCategory>) throws -> Judgement {
        let found = strongest(try detect(in: still))
        let probabilities = parts.outputs.filter { categories.contains($0.key) }
            .mapValues { labels in probability(of: labels, in: found) }
        var result = Judgement(probabilities: probabilities)
        result.findings.parts = found
        return result
    }

    private func probability(of labels: Set<String>, in found: [BodyPart]) -> Double {
        let counting = found.filter { labels.contains($0.label) }
        guard counting.contains(where: { !parts.weak.contains($0.label) }) else { return 0 }
        return counting.map(\.confidence).max() ?? 0
    }

    /// The picture is scaled to fit a black square and lies in its top left corner.
    private func detect(in still: any Picture) throws -> [BodyPart] {
        let scale = Double(parts.side) / Double(max(still.width, still.height))
        let width = max(1, Int((Double(still.width) * scale).rounded()))
        let height = max(1, Int((Double(still.height) * scale).rounded()))
        let pixels = try still.pixels(.rgb, width: width, height: height)
        let output = try model.run(input: parts.side * parts.side * 3) {
            Self.input.fill($0, parts.side, from: pixels, width: width, height: height)
        }
        let rows = Self.geometry + parts.labels.count
        guard !output.isEmpty, output.count % rows == 0 else {
            throw OnDeviceError(.badManifest, "The pack \(name): its model does not give \(rows) rows.")
        }
        let columns = output.count / rows
        return (0..<columns).compactMap { column in
            part(
                { Double(output[$0 * columns + column]) }, width: Double(still.width) * scale,
                height: Double(still.height) * scale)
        }
    }

    /// The detection in a column of the output. `width` and `height` are the picture's within the square.
    private func part(_ value: (Int) -> Double, width: Double, height: Double) -> BodyPart? {
        guard let best = parts.labels.indices.max(by: { value(Self.geometry + $0) < value(Self.geometry + $1) }),
            value(Self.geometry + best) > parts.leastScore
        else { return nil }
        func place(_ center: Int, _ sign: Double, of room: Double) -> Double {
            min(max((value(center) + sign * value(center + 2) / 2) / room, 0), 1)
        }
        return BodyPart(
            label: parts.labels[best],
            box: Box(
                x1: place(0, -1, of: width), y1: place(1, -1, of: height), x2: place(0, 1, of: width),
                y2: place(1, 1, of: height)),
            confidence: value(Self.geometry + best))
    }

    /// The strongest first, without those that overlap a stronger one, whatever their labels.
    private func strongest(_ found: [BodyPart]) -> [BodyPart] {
        found.sorted { $0.confidence > $1.confidence }.reduce(into: []) { kept, part in
            if !kept.contains(where: { $0.box.overlap(part.box) > parts.overlap }) { kept.append(part) }
        }
    }
}
