import Moderation

/// A loaded classifier.
struct ClassifierJudge: PackJudge {
    let name: String
    let classifier: Classifier
    let model: CompiledModel

    /// The result for one region of the picture.
    struct Seen {
        let outputs: [Float]
        /// The share (0…1) of the region that its most frequent color covers; 0 if no rule needs it.
        let shareOfOneColor: Double
    }

    /// Views with lower scores are not worth showing to a reviewer.
    private static let leastShown = 0.1

    var longestSide: Int? {
        let looksCloser = classifier.rules.contains { $0.views != .whole }
        let whole = max(classifier.input.resize[0], classifier.input.resize[1])
        return looksCloser ? max(whole, RGBPicture.sideForViews) : whole
    }

    func judge(_ still: any Picture, for categories: Set<ContentCategory>) throws -> Judgement {
        var seen: [Region: Seen] = [:]
        var result = Judgement(probabilities: [:])
        var views: [ScoredView] = []
        for rule in classifier.rules where categories.contains(rule.category) {
            guard let best = try best(rule, still, &seen) else { continue }
            result.probabilities[rule.category] = best.probability
            if best.box != Region.whole.box, best.probability >= Self.leastShown { views.append(best) }
        }
        if !views.isEmpty { result.findings.views = views }
        return result
    }

    /// The view with the highest probability. Further views are judged only if earlier ones leave doubt.
    private func best(
        _ rule: CategoryRule, _ still: any Picture, _ seen: inout [Region: Seen]
    ) throws -> ScoredView? {
        var best: (probability: Double, region: Region)?
        for round in rule.views.rounds(width: still.width, height: still.height) {
            if let best, best.probability < rule.doubt { break }
            for region in round {
                let here = try seen[region] ?? look(at: region, of: still)
                seen[region] = here
                guard let probability = rule.probability(in: here) else {
                    throw OnDeviceError(.badManifest, "The pack \(name) names outputs that its model does not have.")
                }
                if best.map({ $0.probability < probability }) ?? true { best = (probability, region) }
            }
        }
        return best.map {
            ScoredView(category: rule.category, probability: rule.score($0.probability), box: $0.region.box)
        }
    }

    private func look(at region: Region, of still: any Picture) throws -> Seen {
        let input = classifier.input
        let pixels = try input.pixels(of: region, of: still)
        let (width, height) = input.size
        let outputs = try model.run(input: pixels.count) {
            input.tensor.fill($0, width, from: pixels, width: width, height: height)
        }
        let isAsked = classifier.rules.contains { $0.plain != nil }
        return Seen(outputs: outputs, shareOfOneColor: isAsked ? Self.shareOfOneColor(pixels) : 0)
    }

    /// - Parameter pixels: 3 bytes each; not empty. Each component is reduced to 16 levels.
    private static func shareOfOneColor(_ pixels: [UInt8]) -> Double {
        var counts = [Int](repeating: 0, count: 16 * 16 * 16)
        for at in stride(from: 0, to: pixels.count, by: 3) {
            counts[Int(pixels[at] >> 4) << 8 | Int(pixels[at + 1] >> 4) << 4 | Int(pixels[at + 2] >> 4)] += 1
        }
        return Double((counts.max() ?? 0) * 3) / Double(pixels.count)
    }
}
