import Moderation
import Testing

private func verdict(
    _ probabilities: [ContentCategory: Double]?, asked: Set<ContentCategory> = [.nudityExplicit],
    _ policy: Policy = Policy()
) -> Verdict {
    Verdict(probabilities.map { Judgement(probabilities: $0) }, asked: asked, policy: policy)
}

@Suite struct VerdictTests {
    @Test func `a picture nobody judged is undetermined, not OK`() {
        #expect(verdict(nil).decision == .undetermined)
        #expect(verdict(nil).confidence == nil)
        #expect(verdict([:]).decision == .undetermined)
    }

    @Test func `a category that was asked for and not judged leaves the picture undetermined`() {
        let asked: Set<ContentCategory> = [.nudityExplicit, .gore]
        #expect(verdict([.nudityExplicit: 0.1], asked: asked).decision == .undetermined)
        #expect(verdict([.nudityExplicit: 0.9], asked: asked).decision == .ko)
        #expect(verdict([.nudityExplicit: 0.1, .gore: 0.2], asked: asked).decision == .ok)
    }

    @Test func `KO from the threshold on, the tie included`() {
        #expect(verdict([.nudityExplicit: 0.5]).decision == .ko)
        #expect(verdict([.nudityExplicit: 0.4999]).decision == .ok)
    }

    @Test func `a threshold of 0 rejects everything judged, one of 1 only certainty`() {
        #expect(verdict([.nudityExplicit: 0], Policy(threshold: 0)).decision == .ko)
        #expect(verdict([.nudityExplicit: 0.999], Policy(threshold: 1)).decision == .ok)
        #expect(verdict([.nudityExplicit: 1], Policy(threshold: 1)).decision == .ko)
        #expect(verdict(nil, Policy(threshold: 0)).decision == .undetermined)
    }

    @Test func `a category's own threshold comes before the general one`() {
        let policy = Policy(threshold: 0.5, thresholds: [.nudityExplicit: 0.9])
        #expect(verdict([.nudityExplicit: 0.8], policy).decision == .ok)
    }

    @Test func `confidence is the least certain classifier's when OK, the driving one's when KO`() {
        let asked: Set<ContentCategory> = [.nudityExplicit, .gore]
        #expect(verdict([.nudityExplicit: 0.1, .gore: 0.3], asked: asked).confidence == 0.7)
        #expect(verdict([.nudityExplicit: 0.9, .gore: 0.6], asked: asked).confidence == 0.9)
    }

    @Test func `faces describe a picture and do not condemn it, unless a policy says so`() {
        #expect(verdict([.face: 0.99], asked: [.face]).decision == .ok)
        #expect(verdict([.face: 0.99], asked: [.face], Policy(harmful: [.face: true])).decision == .ko)
    }

    @Test func `a QR code is harmful where somebody asked for it`() {
        #expect(verdict([.qr: 1], asked: [.qr]).decision == .ko)
        #expect(!ContentCategory.harmfulByDefault.contains(.qr))
        #expect(verdict([.qr: 1], asked: [.qr], Policy(harmful: [.qr: false])).decision == .ok)
    }

    @Test func `probabilities outside 0…1 are clamped`() {
        #expect(Judgement(probabilities: [.gore: 1.7, .qr: -3]).probabilities == [.gore: 1, .qr: 0])
    }
}

@Suite struct PolicyTests {
    private func decide(_ text: String, _ rule: Policy.Rule) -> Decision {
        let decisions = text.map { $0 == "o" ? Decision.ok : $0 == "K" ? .ko : .undetermined }
        let samples = decisions.enumerated().map { index, decision in
            let judgement =
                decision == .undetermined ? nil : Judgement(probabilities: [.weapon: decision == .ko ? 1 : 0])
            return TimelineSample(
                index: index, position: index * 1000, time: nil, judgement: judgement, reused: false, failure: nil)
        }
        return Timeline(samples: samples, end: 0, asked: [.weapon], policy: Policy(rule: rule)).decision
    }

    // One letter a sample: o OK, K KO, ? undetermined.
    @Test(arguments: [
        ("", Policy.Rule.any, Decision.undetermined), ("o", .any, .ok), ("K", .any, .ko), ("?", .any, .undetermined),
        ("ooo?", .any, .undetermined), ("oooK", .any, .ko), ("K???", .any, .ko), ("????", .any, .undetermined),
        ("oKoK", .atLeast(2), .ko), ("oKoo", .atLeast(2), .ok), ("oKo?", .atLeast(2), .undetermined),
        ("", .atLeast(1), .undetermined), ("KKK", .atLeast(3), .ko), ("KK", .atLeast(3), .ok),
        ("oooK", .ratio(0.25), .ko), ("ooooK", .ratio(0.25), .ok), ("oooo", .ratio(0.01), .ok),
        ("", .ratio(0.1), .undetermined), ("K?????", .ratio(0.5), .ko), ("oK??", .ratio(1), .undetermined),
        ("KooooK", .window(hits: 2, of: 3), .ok), ("ooKoKo", .window(hits: 2, of: 3), .ko),
        ("KooK", .window(hits: 2, of: 3), .ok), ("KK", .window(hits: 2, of: 3), .ko),
        ("K", .window(hits: 2, of: 3), .ok), ("", .window(hits: 1, of: 1), .undetermined),
        ("Ko?", .window(hits: 2, of: 3), .undetermined), ("KKKK", .window(hits: 4, of: 4), .ko),
    ])
    func `samples make a decision by the rule`(samples: String, rule: Policy.Rule, expected: Decision) {
        #expect(decide(samples, rule) == expected, "\(samples) by \(rule)")
    }

    @Test func `a clean minute looks bad to a judge with six per cent false alarms, unless the rule knows`() {
        // 1 − 0.94⁶⁰, the arithmetic behind having other rules than any.
        var untouched = 1.0
        for _ in 0..<60 { untouched *= 0.94 }
        #expect(abs((1 - untouched) - 0.976) < 0.001)
        let scattered = String(repeating: "ooooooooooooooK", count: 4)
        #expect(decide(scattered, .any) == .ko)
        #expect(decide(scattered, .window(hits: 2, of: 3)) == .ok)
    }

    @Test func `the counts add up`() {
        let tally = Tally([.ok, .ko, .undetermined, .ko])
        #expect((tally.ok, tally.ko, tally.undetermined, tally.total) == (1, 2, 1, 4))
        #expect(Tally().total == 0)
    }
}
