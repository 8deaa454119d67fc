import Moderation
import Testing

/// Second looks. Samples as text: a digit is a probability in tenths, a second apart; between two of them stand the
/// pictures of a second look, a tenth of a second apart.
@Suite struct ConfirmationTests {
    private let asked: Set<ContentCategory> = [.weapon]

    private func judgement(_ character: Character) -> Judgement? {
        character.wholeNumberValue.map { Judgement(probabilities: [.weapon: Double($0) / 10]) }
    }

    /// - Parameter looks: By the index of the sample before them, up to nine pictures.
    private func timeline(
        _ text: String, _ looks: [Int: String] = [:], policy: Policy = Policy(confirm: Confirmation())
    ) -> Timeline {
        let samples = text.enumerated().map { index, character in
            let judgement = judgement(character)
            return TimelineSample(
                index: index, position: index * 1000, time: nil, judgement: judgement,
                verdict: Verdict(judgement, asked: asked, policy: policy), reused: false, failure: nil)
        }
        let dense = looks.flatMap { gap, pictures in
            pictures.enumerated().map { offset, character in
                DenseSample(
                    position: gap * 1000 + (offset + 1) * 100, time: nil, judgement: judgement(character))
            }
        }
        return Timeline(samples: samples, dense: dense, end: text.count * 1000, asked: asked, policy: policy)
    }

    private func looks(_ timeline: Timeline) -> [Int] {
        var plan = SecondLookPlan(timeline.policy.confirm ?? Confirmation())
        return plan.next(timeline).map(\.gap)
    }

    @Test func `around a hit it is looked at again, before it and after it`() {
        #expect(looks(timeline("00900")) == [1, 2])
        #expect(looks(timeline("90000")) == [0])
        #expect(looks(timeline("00000")).isEmpty)
        #expect(looks(timeline("00900", policy: Policy())).isEmpty)
    }

    @Test func `of a long run only its beginning and its end are looked at`() {
        #expect(looks(timeline("0099999900")) == [1, 2, 6, 7])
    }

    @Test func `what is almost a hit is looked at as well, and what is not is not`() {
        #expect(looks(timeline("00400")) == [1, 2])
        #expect(looks(timeline("00300")).isEmpty)
    }

    @Test func `what nobody has room for is not looked at, and stays a hit`() {
        let policy = Policy(confirm: Confirmation(maxPictures: 20))
        let seen = timeline("0090000900", policy: policy)
        #expect(looks(seen) == [1, 2])
        #expect(seen.decision == .ko && seen.segments.map(\.standing) == [.unconfirmed, .unconfirmed])
    }

    @Test func `a hit that the pictures beside it bear out stands`() {
        let seen = timeline("00900", [1: "000000000", 2: "999999000"])
        #expect(seen.decision == .ko)
        #expect(seen.segments.map(\.standing) == [.confirmed])
        #expect(seen.samples[2].standings == [.weapon: .confirmed] && seen.dismissed.isEmpty)
    }

    @Test func `a hit that the pictures beside it do not bear out counts no more`() {
        let seen = timeline("00900", [1: "000000000", 2: "999990000"])
        #expect(seen.decision == .ok && seen.tally.ko == 0 && seen.tally.ok == 5)
        #expect(seen.segments.isEmpty)
        #expect(seen.dismissed.map(\.standing) == [.refuted] && seen.dismissed.map(\.start) == [2000])
        // 13 of 18 pictures say that it is not there.
        #expect(abs((seen.samples[2].verdict.confidence ?? 0) - 13.0 / 18) < 1e-9)
    }

    @Test func `fewer than half of the pictures say nothing`() {
        let seen = timeline("00900", [1: "????????0", 2: "0000?????"])
        #expect(seen.decision == .ko && seen.segments.map(\.standing) == [.unconfirmed])
        // One for, eight against: enough to refute.
        #expect(timeline("00900", [1: "????????0", 2: "00000000?"]).decision == .ok)
    }

    @Test func `a segment begins and ends where the pictures say`() {
        let seen = timeline("00990000", [1: "000000999", 2: "999999999", 3: "999900000"])
        #expect(seen.segments.map(\.start) == [1700] && seen.segments.map(\.end) == [3500])
    }

    @Test func `a single picture in error moves no boundary`() {
        let seen = timeline("00990000", [1: "090000099", 2: "999999999", 3: "999009000"])
        #expect(seen.segments.map(\.start) == [1800] && seen.segments.map(\.end) == [3400])
    }

    @Test func `a false hit beside an event is cut off it, and counts no more`() {
        let seen = timeline("00999000", [1: "000000000", 2: "000000999", 3: "999999999", 4: "999000000"])
        #expect(seen.segments.map(\.start) == [2700] && seen.segments.map(\.end) == [4400])
        #expect(seen.samples[2].standings == [.weapon: .refuted] && seen.tally.ko == 2)
        #expect(seen.dismissed.map(\.start) == [2000] && seen.dismissed.map(\.standing) == [.refuted])
        // 15 of 18 pictures around it.
        #expect(abs((seen.samples[2].verdict.confidence ?? 0) - 15.0 / 18) < 1e-9)
        let after = timeline("00099900", [2: "000000999", 3: "999999999", 4: "999000000", 5: "000000000"])
        #expect(after.segments.map(\.start) == [2700] && after.segments.map(\.end) == [4400])
        #expect(after.samples[5].standings == [.weapon: .refuted])
    }

    @Test func `two events next to each other stay one segment, whatever lies between`() {
        let seen = timeline("009900", [1: "000009999", 2: "000000000", 3: "999990000"])
        #expect(seen.segments.map(\.start) == [1600] && seen.segments.map(\.end) == [3600])
        #expect(seen.tally.ko == 2 && seen.dismissed.isEmpty)
    }

    @Test func `what goes on at the edge of a look is followed`() {
        // The event is from 1.1 s to 4.2 s; the sample at 2 s was missed.
        var plan = SecondLookPlan(Confirmation())
        let first = timeline("000990000")
        #expect(plan.next(first).map(\.gap) == [2, 3, 4])
        let second = timeline("000990000", [2: "999999999", 3: "999999999", 4: "990000000"])
        #expect(plan.next(second).map(\.gap) == [1])
        let third = timeline("000990000", [1: "999999999", 2: "999999999", 3: "999999999", 4: "990000000"])
        #expect(third.segments.map(\.start) == [1100])
        #expect(plan.next(third).map(\.gap) == [0])
        #expect(plan.next(third).isEmpty)
    }

    @Test func `a sample in doubt is a hit if most of its neighbours are`() {
        let seen = timeline("00400", [1: "000099999", 2: "999900000"])
        #expect(seen.decision == .ko && seen.samples[2].verdict.rejected == [.weapon])
        #expect(seen.segments.map(\.start) == [1500] && seen.segments.map(\.end) == [2500])
        // What begins beside it is not in it.
        #expect(timeline("00400", [1: "000000000", 2: "000099999"]).decision == .ok)
    }

    @Test func `a missed sample between two hits of one event makes no second segment`() {
        let look = "999999999"
        let seen = timeline("0090900", [1: "000000000", 2: look, 3: look, 4: "000000000"])
        #expect(seen.segments.map(\.start) == [2000] && seen.segments.map(\.end) == [4100])
        #expect(seen.segments.map(\.count) == [2])
    }
}

/// Policies that look at more than one picture.
@Suite struct SmoothingTests {
    private let asked: Set<ContentCategory> = [.weapon]

    private func timeline(_ text: String, _ policy: Policy) -> Timeline {
        let samples = text.enumerated().map { index, character in
            let judgement = character.wholeNumberValue.map { Judgement(probabilities: [.weapon: Double($0) / 10]) }
            return TimelineSample(
                index: index, position: index * 1000, time: nil, judgement: judgement,
                verdict: Verdict(judgement, asked: asked, policy: policy), reused: false, failure: nil)
        }
        return Timeline(samples: samples, end: text.count * 1000, asked: asked, policy: policy)
    }

    private func decisions(_ timeline: Timeline) -> String {
        timeline.samples.map { ["OK": "-", "KO": "x", "UNDETERMINED": "?"][$0.verdict.decision.rawValue] ?? "" }
            .joined()
    }

    @Test(
        "a hit goes on down to the closing threshold, and begins only at the threshold",
        arguments: [
            ("0466446300", "--xxxxx---"), ("4444444", "-------"), ("9?4", "x?-"), ("943494", "xx--xx"),
        ])
    func hysteresis(_ text: String, _ expected: String) {
        #expect(decisions(timeline(text, Policy(closeThreshold: 0.4))) == expected)
    }

    @Test func `without a closing threshold it ends at the threshold`() {
        #expect(decisions(timeline("0466446300", Policy())) == "--xx--x---")
        // One above the threshold changes nothing.
        #expect(decisions(timeline("0466446300", Policy(closeThreshold: 0.9))) == "--xx--x---")
    }

    @Test func `segments that are too short do not count, and are told`() {
        let seen = timeline("0900099000", Policy(minDuration: 2000))
        #expect(decisions(seen) == "-----xx---")
        #expect(seen.segments.map(\.start) == [5000] && seen.segments.map(\.standing) == [nil])
        #expect(seen.dismissed.map(\.start) == [1000] && seen.dismissed.map(\.standing) == [.brief])
        #expect(seen.samples[1].standings == [.weapon: .brief])
    }

    @Test func `gaps are bridged before a segment is measured`() {
        #expect(timeline("0909000", Policy(gap: 1000, minDuration: 3000)).segments.map(\.end) == [4000])
        #expect(timeline("0909000", Policy(minDuration: 3000)).segments.isEmpty)
    }

    @Test func `of two categories only the one that is too short is dropped`() {
        let policy = Policy(minDuration: 2000)
        let both: Set<ContentCategory> = [.weapon, .drugs]
        let samples = [(0.9, 0.9), (0.1, 0.9), (0.1, 0.1)].enumerated().map { index, pair in
            let judgement = Judgement(probabilities: [.weapon: pair.0, .drugs: pair.1])
            return TimelineSample(
                index: index, position: index * 1000, time: nil, judgement: judgement,
                verdict: Verdict(judgement, asked: both, policy: policy), reused: false, failure: nil)
        }
        let seen = Timeline(samples: samples, end: 3000, asked: both, policy: policy)
        #expect(seen.samples.map(\.verdict.rejected) == [[.drugs], [.drugs], []])
        #expect(seen.rejected == [.drugs])
    }
}

/// Policies against judges whose errors are known; what they should come to is computed by probability theory.
@Suite struct PolicyTrialTests {
    @Test func `independent errors of 6 percent make 97_6 percent of clean minutes KO under any`() {
        var trial = PolicyTrial()
        trial.videos = 1500
        let any = trial.run(Policy())
        #expect(abs(any.falseAlarms - 0.97558) < 0.01)
        // Three or two pictures of the event, of which one is enough.
        #expect(any.misses < 0.005 && any.pictures == 60)
        // 1 - 0.94^60 - 60 * 0.06 * 0.94^59
        #expect(abs(trial.run(Policy(rule: .atLeast(2))).falseAlarms - 0.88205) < 0.02)
    }

    @Test func `with confirmation at most 2 percent are, and 98 percent of events are found`() {
        var trial = PolicyTrial()
        trial.videos = 500
        let outcome = trial.run(Policy(confirm: Confirmation()))
        #expect(outcome.falseAlarms <= 0.02 && outcome.misses <= 0.02, "\(outcome)")
        #expect(outcome.boundaryMedian <= 100 && outcome.pictures > 60)
    }

    @Test func `a judge without errors is off by less than the dense interval`() {
        var trial = PolicyTrial()
        (trial.videos, trial.falsePositives, trial.recall) = (300, 0, 1)
        let outcome = trial.run(Policy(confirm: Confirmation()))
        #expect(outcome.boundary95 < 100 && outcome.falseAlarms == 0 && outcome.misses == 0)
        // Positive control: without second looks it is off by up to the frame interval.
        #expect(trial.run(Policy()).boundary95 > 500)
    }

    @Test func `errors that pictures share are confirmed, since every picture agrees`() {
        var trial = PolicyTrial()
        (trial.videos, trial.burst) = (500, 5000)
        // 12 scenes, each in error by 6 %.
        #expect(abs(trial.run(Policy(confirm: Confirmation())).falseAlarms - 0.524) < 0.07)
    }

    @Test func `the same seed gives the same numbers`() {
        var trial = PolicyTrial()
        trial.videos = 50
        let first = trial.run(Policy(confirm: Confirmation()))
        #expect(trial.run(Policy(confirm: Confirmation())) == first)
        trial.seed = 2
        #expect(trial.run(Policy(confirm: Confirmation())) != first)
    }
}
