import Foundation

/// A detector of MediaPipe's family. Each anchor gets a score, a box and points. The picture is centered in a black
/// square.
struct AnchorDetector: Sendable {
    /// The anchors of one resolution: `perCell` in each of `cells` × `cells` cells, row by row.
    struct Grid: Sendable {
        let cells, perCell: Int
    }

    private static let side = 192
    private static let leastScore = 0.5
    /// The values of a box before its points: center, width and height.
    private static let boxLength = 4

    private let model: CompiledModel
    private let what: String
    private let points: Int
    private let anchors: [SIMD2<Double>]
    private let sampling: RGBPicture.Sampling
    private let map: @Sendable (Float) -> Float

    /// - Parameters:
    ///   - name: The model's key in the manifest.
    ///   - what: What it detects, for messages.
    ///   - points: The number of points of each box.
    ///   - map: Converts a component (0…255) to the network's range.
    /// - Throws: `OnDeviceError`.
    init(
        _ models: PackModels, _ name: String, of what: String, grids: [Grid], points: Int,
        _ sampling: RGBPicture.Sampling, map: @escaping @Sendable (Float) -> Float
    ) throws {
        model = try models.compiled(name, shape: [1, Self.side, Self.side, 3])
        anchors = grids.flatMap { grid in
            (0..<grid.cells * grid.cells).flatMap { cell in
                let place = SIMD2(Double(cell % grid.cells), Double(cell / grid.cells)) + 0.5
                return Array(repeating: place / Double(grid.cells), count: grid.perCell)
            }
        }
        (self.what, self.points, self.sampling, self.map) = (what, points, sampling, map)
    }

    /// The detections in pixels of the picture, the best first. Boxes may extend beyond the picture.
    func detections(in picture: RGBPicture) throws -> [Detection] {
        let whole = CropSquare(center: picture.size / 2, side: picture.size.max(), angle: 0)
        let outputs = try model.run(outputs: 2) { tensor in
            picture.sample(whole, into: tensor, side: Self.side, sampling, map: map)
        }
        let length = Self.boxLength + 2 * points
        guard let boxes = outputs.first(where: { $0.count == anchors.count * length }),
            let scores = outputs.first(where: { $0.count == anchors.count })
        else { throw OnDeviceError(.badManifest, "The detector of \(what) does not have MediaPipe's outputs.") }
        return Detection.merged(
            anchors.indices.compactMap { index in
                let score = 1 / (1 + exp(-Double(min(max(scores[index], -100), 100))))
                guard score >= Self.leastScore else { return nil }
                return detection(boxes[index * length..<(index + 1) * length], anchors[index], score, whole)
            })
    }

    private func detection(
        _ numbers: ArraySlice<Float>, _ anchor: SIMD2<Double>, _ score: Double, _ whole: CropSquare
    ) -> Detection? {
        func pair(_ index: Int) -> SIMD2<Double> {
            let at = numbers.startIndex + 2 * index
            return SIMD2(Double(numbers[at]), Double(numbers[at + 1])) / Double(Self.side)
        }
        func place(_ index: Int) -> SIMD2<Double> {
            let inSquare = pair(index) + anchor
            return whole.place(inSquare.x, inSquare.y)
        }
        let center = place(0), size = pair(1) * whole.side
        guard size.min() > 0 else { return nil }
        return Detection(
            low: center - size / 2, high: center + size / 2, points: (0..<points).map { place(2 + $0) }, score: score)
    }
}
