import Moderation
import Testing

@Suite struct OverlayTrackerTests {
    /// A line in the middle, its left edge `shift` to the right.
    private func judgement(_ text: String = "Subscribe", shift: Double = 0) -> Judgement {
        let corners = [(0.3, 0.5), (0.6, 0.5), (0.6, 0.6), (0.3, 0.6)].map { Face.Point(x: $0.0 + shift, y: $0.1) }
        var judgement = Judgement(probabilities: [.textArtificial: 0, .textNatural: 0.9, .textProfanity: 0])
        judgement.findings.lines = [TextLine(text: text, confidence: 0.9, corners: corners, origin: .natural)]
        return judgement
    }

    private func look(_ level: UInt8) -> [UInt8] {
        [UInt8](repeating: level, count: OverlayTracker.miniatureWidth * OverlayTracker.miniatureHeight)
    }

    private func origins(_ judgements: [Judgement?]) -> [TextLine.Origin?] {
        judgements.map { $0?.findings.lines?.first?.origin }
    }

    @Test func `text that stays while the picture around it changes is laid over the video`() {
        let judgements = OverlayTracker.settled([
            (0, judgement(), look(20)), (1000, nil, nil), (2000, judgement(), look(60)),
        ])
        #expect(origins(judgements) == [.artificial, nil, .artificial])
        #expect(judgements[0]?.probabilities == [.textArtificial: 0.9, .textNatural: 0, .textProfanity: 0])
    }

    @Test func `text stays natural in a picture that stays, too soon, elsewhere, or with other words`() {
        #expect(
            origins(OverlayTracker.settled([(0, judgement(), look(20)), (2000, judgement(), look(27))]))
                == [.natural, .natural])
        #expect(
            origins(OverlayTracker.settled([(0, judgement(), look(20)), (900, judgement(), look(60))]))
                == [.natural, .natural])
        #expect(
            origins(OverlayTracker.settled([(0, judgement(), look(20)), (2000, judgement(shift: 0.02), look(60))]))
                == [.natural, .natural])
        #expect(
            origins(OverlayTracker.settled([(0, judgement(), look(20)), (2000, judgement("Exit"), look(60))]))
                == [.natural, .natural])
        // A tenth of its height is no move.
        #expect(
            origins(OverlayTracker.settled([(0, judgement(), look(20)), (2000, judgement(shift: 0.009), look(60))]))
                == [.artificial, .artificial])
    }

    @Test func `a change where the text is, and nowhere else, is no change of the picture`() {
        var changed = look(20)
        for row in 9..<11 { for column in 10..<19 { changed[row * OverlayTracker.miniatureWidth + column] = 255 } }
        let judgements = OverlayTracker.settled([(0, judgement(), look(20)), (2000, judgement(), changed)])
        #expect(origins(judgements) == [.natural, .natural])
    }

    @Test func `of a stream, what was seen before tells, over other pictures in between`() {
        var tracker = OverlayTracker()
        #expect(origins([tracker.add(judgement(), miniature: look(20), at: 0)]) == [.natural])
        _ = tracker.add(judgement("Exit"), miniature: look(90), at: 1000)
        #expect(origins([tracker.add(judgement(), miniature: look(60), at: 2000)]) == [.artificial])
        #expect(origins([tracker.add(judgement(), miniature: nil, at: 4000)]) == [.natural])
    }

    @Test func `categories nobody asked for stay out`() {
        var one = judgement()
        one.probabilities = [.textProfanity: 0]
        let judgements = OverlayTracker.settled([(0, one, look(20)), (2000, one, look(60))])
        #expect(judgements[1]?.probabilities == [.textProfanity: 0])
        #expect(origins(judgements) == [.artificial, .artificial])
    }
}
