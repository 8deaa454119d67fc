import Foundation
import Moderation
import Reports
import Testing

@Suite struct HumanDecisionLineTests {
    /// As the queue of reviews exports it.
    private static let line = """
        {"case":"case_1","media":"med_1","reference":"r","why":"sample","start":0,"end":1000,\
        "scores":{"nudity.explicit":0.83,"gore":0},"present":["nudity.explicit"],"weight":20,"decision":"reject",\
        "by":"anna","at":"2026-12-01T11:00:00Z"}
        """

    @Test func `a line says what was judged and what is there`() throws {
        let read = try HumanDecision(line: Array(Self.line.utf8))
        #expect(
            read
                == HumanDecision(
                    caseID: "case_1", scores: [.nudityExplicit: 0.83, .gore: 0], present: [.nudityExplicit], weight: 20)
        )
        // Other fields need not be there, nor a weight.
        let short = #"{"case":"a","scores":{},"present":[],"decision":"approve"}"#
        #expect(try HumanDecision(line: Array(short.utf8)) == HumanDecision(caseID: "a", scores: [:], present: []))
        #expect(try HumanDecision(line: Array("  \r".utf8)) == nil)
    }

    @Test(arguments: [
        ("[1]", "It is no object of JSON."), ("yes", "It is no object of JSON."),
        ("{\"case\":\"a\"", "It begins with { but is no object of JSON."),
        (line.replacing("\"case\":\"case_1\",", with: ""), "It has no “case”."),
        (line.replacing("\"case_1\"", with: "1"), "Its “case” has to be a text."),
        (line.replacing("\"case_1\"", with: "\"\""), "The name of a case has to have 1 to 256 bytes."),
        (line.replacing("\"case_1\"", with: "null"), "Its “case” has to be a text."),
        (line.replacing("\"reject\"", with: "\"perhaps\""), "Its “decision” makes no sense."),
        (line.replacing("0.83", with: "\"0.83\""), "Its “scores → nudity.explicit” has to be a number."),
        (line.replacing("0.83", with: "1.01"), "Its score of “nudity.explicit” is 1.01, not from 0 to 1."),
        (line.replacing("\"gore\"", with: "\"\""), "The name of a category has to have 1 to 256 bytes."),
        (line.replacing("[\"nudity.explicit\"]", with: "\"nudity.explicit\""), "Its “present” has to be a list."),
        (line.replacing("[\"nudity.explicit\"]", with: "[1]"), "Its “present” has to be a text."),
        (
            line.replacing(#"{"nudity.explicit":0.83,"gore":0}"#, with: "[]"),
            "Its “scores” has to be an object of JSON."
        ),
        (line.replacing("20,", with: "0.5,"), "Its “weight” is 0.5, not from 1 to 1000000000.0."),
    ])
    func `a line that makes no sense is refused with a reason`(_ line: String, _ reason: String) {
        #expect(throws: HumanDecision.LineProblem.self) { try HumanDecision(line: Array(line.utf8)) }
        do {
            _ = try HumanDecision(line: Array(line.utf8))
        } catch {
            #expect(error.description == reason)
        }
    }

    @Test func `bytes that are no text are refused`() {
        #expect(throws: HumanDecision.LineProblem.self) { try HumanDecision(line: [0x7B, 0xFF, 0x7D]) }
    }
}

@Suite struct CalibrationDocumentTests {
    private static let hostile = ContentCategory(rawValue: "<i>\u{1B}[31m")

    /// Of weapons, 300 right hits and 100 wrong ones below 0.8; of another, one decision.
    private static func calibration() throws -> Calibration {
        var calibration = Calibration(policy: Policy())
        for index in 0..<400 {
            try calibration.add(
                HumanDecision(
                    caseID: "case_\(index)", scores: [.weapon: index < 300 ? 0.9 : 0.7],
                    present: index < 300 ? [.weapon] : []))
        }
        try calibration.add(HumanDecision(caseID: "other", scores: [hostile: 0.5], present: [hostile], weight: 20))
        return calibration
    }

    private func document(precision: Double? = 0.95) throws -> CalibrationDocument {
        CalibrationDocument(try Self.calibration(), refusedLines: 3, precision: precision)
    }

    @Test func `the JSON has counts, rates, the curve, the proposal and what it changes`() throws {
        let text = try document().json()
        let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(json["decisions"] as? Int == 401 && json["refused_lines"] as? Int == 3)
        #expect(json["wished_precision"] as? Double == 0.95)
        let categories = try #require(json["categories"] as? [[String: Any]])
        #expect(categories.map { $0["category"] as? String } == [Self.hostile.rawValue, "weapon"])
        let current = try #require(categories[1]["current"] as? [String: Any])
        let precision = try #require(current["precision"] as? [String: Any])
        #expect(precision["count"] as? Int == 300 && precision["total"] as? Int == 400)
        #expect(precision["rate"] as? Double == 0.75 && precision["effective_size"] as? Double == 400)
        // statsmodels: proportion_confint(300, 400, method="wilson").
        #expect(abs(try #require(precision["low"] as? Double) - 0.7053229) < 1e-5)
        #expect(abs(try #require(precision["high"] as? Double) - 0.7899210) < 1e-5)
        let curve = try #require(categories[1]["curve"] as? [[String: Any]])
        #expect(curve.compactMap { $0["threshold"] as? Double } == [0.9, 0.7])
        let proposal = try #require(categories[1]["proposal"] as? [String: Any])
        #expect(proposal["threshold"] as? Double == 0.8)
        let change = try #require(proposal["ko_to_ok"] as? [String: Any])
        #expect(change["right"] as? Int == 100 && change["wrong"] as? Int == 0)
        #expect((categories[0]["refusal"] as? String)?.contains("too few") == true)
        #expect(categories[0]["proposal"] == nil)
    }

    @Test func `the text says the same, and no more than text`() throws {
        let text = try document().text()
        #expect(text.contains("401 human decisions; 3 lines made no sense"))
        #expect(text.contains("75.0 % (70.5–79.0)") && text.contains("from 0.8: precision 100.0 %"))
        #expect(text.contains("100 KO would become OK: 100 rightly, 0 wrongly"))
        #expect(text.contains("too few decisions") && !text.contains("\u{1B}"))
        #expect(!(try document(precision: nil).text().contains("for a precision")))
    }

    /// Where scores say nothing, half of the decisions looks better by luck now and then, and the other does not.
    @Test func `a proposal that the other half does not bear out says so`() throws {
        var state: UInt64 = 7
        func luck() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 33) / Double(UInt32.max >> 1)
        }
        var kinds: Set<Bool> = []
        for run in 0..<200 {
            var calibration = Calibration(policy: Policy())
            for index in 0..<1000 {
                let (score, shows) = (min(1, luck()), luck() < 0.5)
                try calibration.add(
                    HumanDecision(caseID: "\(run) \(index)", scores: [.gore: score], present: shows ? [.gore] : []))
            }
            let document = CalibrationDocument(calibration, refusedLines: 0, precision: 0.57)
            guard let proposal = document.categories.first?.proposal else { continue }
            let high = try #require(proposal.heldOut.precision.high)
            #expect(proposal.isBelowWish == (high < 0.57))
            #expect(document.text().contains("less than wished") == proposal.isBelowWish)
            kinds.insert(proposal.isBelowWish)
        }
        #expect(kinds == [true, false])
    }

    @Test func `categories that are asked for come in that order, known or not`() throws {
        let document = CalibrationDocument(
            try Self.calibration(), refusedLines: 0, precision: 0.9, of: [.weapon, .gore])
        #expect(document.categories.map(\.category) == ["weapon", "gore"])
        #expect(document.categories[1].decisions == 0 && document.categories[1].refusal != nil)
        #expect(document.text().contains("gore") && document.text().contains("–"))
    }

    @Test func `a category is a section with its rates and a curve with both thresholds, names escaped`() throws {
        let document = try document()
        let section = try document.categories[1].html()
        #expect(
            section.hasPrefix("<section") && section.contains("300 of 400") && section.contains("75.0 % (70.5–79.0)"))
        #expect(section.matches(of: /<circle class="mark"/).count == 2)
        #expect(section.contains("100 KO would become OK"))
        let page = try document.html()
        #expect(page.contains(section) && page.contains("&lt;i&gt;") && !page.contains("<i>"))
    }
}
