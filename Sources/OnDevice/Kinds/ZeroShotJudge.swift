import Foundation
import Moderation

/// A loaded zero-shot pack.
struct ZeroShotJudge: PackJudge {
    let name: String
    let options: ZeroShot.Options
    /// Embeddings of unit length, one after the other.
    let embeddings: [Float]
    let model: CompiledModel

    var longestSide: Int? { nil }

    func judge(_ still: any Picture, for categories: Set<ContentCategory>) throws -> Judgement {
        let embedding = try embedding(of: still)
        let logits = options.prompts.indices.map { row in
            let cosine = zip(embedding, embeddings[(row * options.dimension)...]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            return Double(cosine) * options.logitScale + (options.logitBias ?? 0)
        }
        var result: [ContentCategory: Double] = [:]
        for (prompt, probability) in zip(options.prompts, probabilities(logits))
        where prompt.category != ZeroShot.neutral {
            let category = ContentCategory(rawValue: prompt.category)
            switch options.activation {
            case .softmax: result[category, default: 0] += probability
            case .sigmoid: result[category] = max(result[category] ?? 0, probability)
            }
        }
        return Judgement(probabilities: result)
    }

    private func probabilities(_ logits: [Double]) -> [Double] {
        switch options.activation {
        case .sigmoid: return logits.map { 1 / (1 + exp(-$0)) }
        case .softmax:
            let highest = logits.max() ?? 0
            let powers = logits.map { exp($0 - highest) }
            let sum = powers.reduce(0, +)
            return powers.map { $0 / sum }
        }
    }

    private func embedding(of still: any Picture) throws -> [Float] {
        let side = options.input.side
        let picture = try RGBPicture(of: still, longestSide: max(still.width, still.height))
        let pixels = picture.scaled(
            region(of: still), width: side, height: side, kernel: options.input.filter)
        let output = try model.run(input: side * side * 3) {
            options.input.tensor.fill($0, side, from: pixels, width: side, height: side)
        }
        guard output.count == options.dimension else {
            throw OnDeviceError(
                .badManifest, "The pack \(name): its model returns \(output.count) numbers, not \(options.dimension).")
        }
        return output
    }

    /// The region to scale. Cutting before scaling is cheaper and gives the same result: torchvision scales the shorter
    /// side to `side`, truncates the longer to whole pixels, and cuts at whole pixels.
    private func region(of still: any Picture) -> Region {
        guard options.input.resize == .shortestSideThenCrop else { return .whole }
        let side = options.input.side, shorter = min(still.width, still.height), longer = max(still.width, still.height)
        let scaled = side * longer / shorter
        let start = (Double(scaled - side) / 2).rounded(.toNearestOrEven) / Double(scaled)
        let share = Double(side) / Double(scaled)
        return still.width >= still.height
            ? Region(x: start, y: 0, width: share, height: 1) : Region(x: 0, y: start, width: 1, height: share)
    }
}
