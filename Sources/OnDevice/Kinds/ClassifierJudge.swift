import Moderation

/// A loaded classifier.
struct ClassifierJudge: PackJudge {
    let name: String
    let classifier: Classifier
    let model: CompiledModel

    /// A view that scores less shows a reviewer nothing.
    private static let leastShown = 0.1

    var longestSide: Int? {
        let looksCloser = classifier.rules.contains { $0.views != .whole }
        let whole = max(classifier.input.resize[0], classifier.input.resize[1])
        return looksCloser ? max(whole, RGBPicture.sideForViews) : whole
    }

    func judge(_ still: any Still, for categories: Set<Moderation.Category>) throws -> Judgement {
        var seen: [Region: [Float]] = [:]
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

    /// The view with the highest score. Closer ones are taken only where those before them leave a doubt.
    private func best(
        _ rule: CategoryRule, _ still: any Still, _ seen: inout [Region: [Float]]
    ) throws -> ScoredView? {
        var best: (probability: Double, region: Region)?
        for round in rule.views.rounds(width: still.width, height: still.height) {
            if let best, best.probability < rule.doubt { break }
            for region in round {
                let outputs = try seen[region] ?? run(on: region, of: still)
                seen[region] = outputs
                guard let probability = rule.probability(in: outputs) else {
                    throw OnDeviceError(.badManifest, "The pack \(name) names outputs that its model has not.")
                }
                if best.map({ $0.probability < probability }) ?? true { best = (probability, region) }
            }
        }
        return best.map {
            ScoredView(category: rule.category, probability: rule.score($0.probability), box: $0.region.box)
        }
    }

    /// The network's outputs for a region of the picture.
    private func run(on region: Region, of still: any Still) throws -> [Float] {
        let input = classifier.input
        let pixels = try input.pixels(of: region, of: still)
        return try model.run(outputs: 1) { tensor in
            guard tensor.count == pixels.count else {
                throw OnDeviceError(.badManifest, "The pack \(name): its model takes \(tensor.count) numbers.")
            }
            input.tensor.fill(
                tensor, input.size.width, from: pixels, width: input.size.width, height: input.size.height)
        }[0]
    }
}
