import Moderation
import Testing

/// A timeline written as text: one letter a second, `K` a QR code, `o` none, `?` not judged.
private func timeline(_ text: String, gap: Int = 0, end: Int? = nil, isComplete: Bool = true) -> Timeline {
    let policy = Policy(gap: gap)
    let samples = text.enumerated().map { index, letter in
        let judgement: Judgement? =
            letter == "?"
            ? nil : Judgement(probabilities: [.qr: letter == "K" ? 1 : Double("\(letter)").map { $0 / 10 } ?? 0])
        return TimelineSample(
            index: index, position: index * 1000, time: nil, judgement: judgement,
            verdict: Verdict(judgement, asked: [.qr], policy: policy), reused: false, failure: nil)
    }
    return Timeline(
        samples: samples.shuffled(), end: end ?? text.count * 1000, asked: [.qr], policy: policy,
        isComplete: isComplete)
}

private func spans(_ timeline: Timeline) -> [String] {
    timeline.segments.map { "\($0.start)–\($0.end) ×\($0.count)" }
}

@Suite struct TimelineTests {
    @Test func `a segment ends where the first sample after it is`() {
        #expect(spans(timeline("ooooooKKKKoo")) == ["6000–10000 ×4"])
    }

    @Test func `a segment that is still on at the end, ends with the video`() {
        #expect(spans(timeline("oKK", end: 2700)) == ["1000–2700 ×2"])
    }

    @Test func `one sample is a segment`() {
        #expect(spans(timeline("K", end: 400)) == ["0–400 ×1"])
    }

    @Test func `gaps split segments, and a policy bridges them`() {
        #expect(spans(timeline("KoK")) == ["0–1000 ×1", "2000–3000 ×1"])
        #expect(spans(timeline("KoK", gap: 1000)) == ["0–3000 ×2"])
        #expect(spans(timeline("KooK", gap: 1000)) == ["0–1000 ×1", "3000–4000 ×1"])
        #expect(spans(timeline("K?K")) == ["0–1000 ×1", "2000–3000 ×1"])
    }

    @Test func `the peak is the first of the highest`() {
        let segment = timeline("6797").segments[0]
        #expect(segment.peak.position == 2000 && segment.peak.probability == 0.9)
        #expect(timeline("o99").segments[0].peak.position == 1000)
    }

    @Test func `no samples: undetermined, and nothing to report`() {
        let empty = timeline("")
        #expect(empty.decision == .undetermined && empty.confidence == nil)
        #expect(empty.segments.isEmpty && empty.tally.total == 0 && empty.categories.isEmpty)
    }

    @Test func `everything failed: undetermined`() {
        #expect(timeline("???").decision == .undetermined)
        #expect(timeline("???").tally.undetermined == 3)
    }

    @Test func `what was not seen may be anything: an incomplete timeline is never OK`() {
        #expect(timeline("ooo").decision == .ok)
        #expect(timeline("ooo", isComplete: false).decision == .undetermined)
        #expect(timeline("oKo", isComplete: false).decision == .ko)
    }

    @Test func `confidence: the mean when OK, as in PicPurify's own sample; the highest when KO`() {
        // The service's sample answer: (0.81796 + 0.99998) / 2 = 0.90897.
        let policy = Policy()
        let samples = [0.81796, 0.99998].enumerated().map { index, confidence in
            let judgement = Judgement(probabilities: [.nudityExplicit: 1 - confidence])
            return TimelineSample(
                index: index, position: index * 1000, time: nil, judgement: judgement,
                verdict: Verdict(judgement, asked: [.nudityExplicit], policy: policy), reused: false, failure: nil)
        }
        let ok = Timeline(samples: samples, end: 2000, asked: [.nudityExplicit], policy: policy)
        #expect(abs((ok.confidence ?? 0) - 0.90897) < 1e-9)
        #expect(timeline("o79o").confidence == 0.9)
    }

    @Test func `a category's summary leaves out what was not judged`() {
        let summary = timeline("2?8").categories[.qr]
        #expect(summary?.max == 0.8 && summary?.mean == 0.5 && summary?.positionOfMax == 2000)
    }
}

@Suite struct TaskTests {
    private let vocabulary = TaskVocabulary(services: [
        "porn_moderation": [.nudityExplicit], "gore_moderation": [.gore], "qr_code_moderation": [.qr],
    ])

    private func tasks(_ text: String?, of available: Set<ContentCategory>) throws -> [ModerationTask] {
        try vocabulary.tasks(text, judge: "j", available: available)
    }

    @Test func `tasks go by the services' names and by categories`() throws {
        let list = try tasks("porn_moderation, qr", of: [.nudityExplicit, .qr])
        #expect(list.map(\.name) == ["porn_moderation", "qr"])
        #expect(Set(list.flatMap(\.categories)) == [.nudityExplicit, .qr])
    }

    @Test func `an unknown task is refused with the known ones`() {
        #expect(throws: TaskError.unknown(name: "cats", known: vocabulary.names)) { try tasks("cats", of: [.qr]) }
        #expect("\(TaskError.unknown(name: "cats", known: vocabulary.names))".contains("porn_moderation"))
    }

    @Test func `a task the judge cannot serve is refused with those it can`() {
        #expect { try tasks("gore_moderation", of: [.qr]) } throws: {
            "\($0)".contains("qr_code_moderation") && "\($0)".contains("gore_moderation")
        }
    }

    @Test func `asked for nothing, the judge's share of what is harmful is judged`() throws {
        let list = try tasks(nil, of: [.nudityExplicit, .qr, .face])
        #expect(list.flatMap(\.categories) == [.nudityExplicit])
        #expect(throws: TaskError.none(known: vocabulary.names)) { try tasks(" ,", of: [.qr]) }
    }
}
