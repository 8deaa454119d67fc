import Foundation
import Moderation
import Reports
import Testing

/// Two pictures like those of PicPurify's sample answer: 0.99996 / 0.81796 and 0.99998 / 1 sure of being clean.
private func seedResult(
    explicit: [Double] = [0.00004, 0.00002], gore: [Double] = [0.18204, 0], timeline other: Timeline? = nil
) -> ModerationResult {
    let tasks = [
        ModerationTask(name: "porn_moderation", categories: [.nudityExplicit]),
        ModerationTask(name: "gore_moderation", categories: [.gore]),
    ]
    let asked: Set<ContentCategory> = [.nudityExplicit, .gore]
    let samples = zip(explicit, gore).enumerated().map { index, pair in
        let judgement = Judgement(
            probabilities: [.nudityExplicit: pair.0, .gore: pair.1], findings: Findings(qrCodes: ["=1+1"]))
        return TimelineSample(
            index: index, position: index * 1000,
            time: MediaTime(pts: Int64(index) * 12800, timeBase: TimeBase(numerator: 1, denominator: 12800)),
            judgement: judgement, verdict: Verdict(judgement, asked: asked, policy: Policy()), reused: false,
            failure: nil)
    }
    return ModerationResult(
        other ?? Timeline(samples: samples, end: 2000, asked: asked, policy: Policy()), of: ModerationRequest(tasks),
        status: .success, note: nil,
        media: .init(
            id: "94fd30ddb3f3ebc37c1c4649f9d3ff16", uri: "dir/=cmd,\"x\".mp4", container: "mov", codec: "h264",
            width: 2, height: 2, rotation: 0, duration: 2000, declaredDuration: nil),
        sampling: .init(
            mode: "exact", packetsRead: 1, packetsDecoded: 1, picturesDecoded: 1, failures: 0, groupsRedecoded: 0,
            truncated: false, cut: false),
        provider: JudgeIdentity(name: "j", version: "1"),
        cost: .init(requests: 2, operations: 0, bytesSent: 0, reused: 0), timing: .init(wall: 1, decode: 1, judge: 1))
}

private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}

@Suite struct ReportTests {
    @Test func `JSON has the documented keys, and reads back as the same result`() throws {
        let document = seedResult()
        let text = try document.json()
        let keys = Set(try object(text).keys)
        #expect(
            keys.isSuperset(of: [
                "status", "final_decision", "confidence_score_decision", "nb_images", "nb_images_ok", "nb_images_ko",
                "nb_images_undetermined", "reject_criteria", "task_call", "frame_interval", "sampling", "media",
                "provider", "policy", "segments", "categories", "frames", "cost", "timing", "total_compute_time",
            ]))
        let frame = try #require((try object(text)["frames"] as? [[String: Any]])?.first)
        #expect((frame["info"] as? [String: Any])?["time_base"] as? String == "1/12800")
        #expect((frame["scores"] as? [String: Any])?["nudity.explicit"] != nil)
        #expect(try ModerationResult(json: Data(text.utf8)) == document)
    }

    @Test func `a segment of text tells what was read, the lines that make it one, for terminals and pages made safe`()
        throws
    {
        func line(_ text: String, _ profanity: [String]) -> TextLine {
            TextLine(text: text, confidence: 0.9, corners: [], origin: .natural, profanity: profanity)
        }
        var judgement = Judgement(probabilities: [.textProfanity: 0.9, .qr: 0.9])
        judgement.findings.lines = [line("hello there", []), line("holy\u{1B}[31m <b>crap", ["crap"])]
        let asked: Set<ContentCategory> = [.textProfanity, .qr]
        let sample = TimelineSample(
            index: 0, position: 0, time: nil, judgement: judgement,
            verdict: Verdict(judgement, asked: asked, policy: Policy()), reused: false, failure: nil)
        let result = seedResult(timeline: Timeline(samples: [sample], end: 1000, asked: asked, policy: Policy()))
        let text = try ReportFormat.text.render(result)
        #expect(text.contains("“holy?[31m <b>crap”") && !text.contains("hello there"))
        #expect(text.components(separatedBy: "“").count == 2, "a segment of codes has no text")
        let page = try ReportFormat.html.render(result)
        #expect(page.contains("&lt;b&gt;crap</q>") && !page.contains("<b>crap"))
    }

    /// What the page's script draws over a still of two pictures with these findings; the page has a still of the first.
    private func outlines(_ findings: Findings) throws -> (drawn: [String: [[Any]]], page: String) {
        var document = seedResult()
        for index in document.frames.indices { document.frames[index].details = findings }
        let saved = try ModerationResult(json: Data(document.json().utf8))
        let page = try ReportFormat.html.render(saved, pictures: ReportPictures(thumbnails: [0: [0xFF, 0xD8]]))
        let data = try #require(page.firstMatch(of: /id="data">(.*?)<\/script>/)).output.1
        return (try #require(try object(String(data))["outlines"] as? [String: [[Any]]]), page)
    }

    @Test func `a page outlines what was found, of a saved result, too, on the stills it has`() throws {
        func box(_ left: Double) -> Box { Box(x1: left, y1: 0.25, x2: left + 0.2, y2: 0.5) }
        let corners = [(0.1, 0.3), (0.6, 0.2), (0.6, 0.3), (0.1, 0.4)].map { Face.Point(x: $0.0, y: $0.1) }
        var findings = Findings(faces: [
            Face(x1: 0.1, y1: 0.2, x2: 0.3, y2: 0.6, confidence: 0.9, features: [:], female: 0.93, age: 34.4)
        ])
        findings.hands = [Hand(box: box(0.5), confidence: 1, gesture: 0.12)]
        findings.lines = [TextLine(text: "Maple Street", confidence: 1, corners: corners, origin: .natural)]
        findings.parts = [BodyPart(label: "feet_exposed", box: box(0.7), confidence: 0.8)]
        findings.views = [ScoredView(category: .weapon, probability: 0.64, box: box(0))]
        let match = KnownFinding.Match(list: "a.txt", line: 3, distance: 0, turn: "none", barsCut: false)
        findings.known = KnownFinding(quality: 100, match: match)
        let drawn = try outlines(findings).drawn
        #expect(drawn.keys.sorted() == ["0"])
        let found = try #require(drawn["0"])
        let words = found.map { "\($0[0]): \($0[1])" }
        #expect(
            words == [
                "part: feet exposed 80 %", "view: weapon 64 %", "known: a.txt, line 3",
                "face: face, female 93 %, about 34 years", "hand: hand, gesture 12 %", "line: Maple Street",
            ])
        let places = found.map { $0.dropFirst(2).compactMap { $0 as? Double } }
        #expect(places.first == [0.7, 0.25, 0.9, 0.5] && places[2] == [0, 0, 1, 1])
        #expect(places[3] == [0.1, 0.2, 0.3, 0.6] && places.last == [0.1, 0.2, 0.6, 0.4])
    }

    @Test func `what a picture says stays text, outlines stay inside of it, and many keep no body part bare`() throws {
        func line(_ text: String, _ at: Double) -> TextLine {
            let corners = [(at, at), (at + 9, at + 9)].map { Face.Point(x: $0.0, y: $0.1) }
            return TextLine(text: text, confidence: 1, corners: corners, origin: .natural)
        }
        let hostile = "</script><script>window.hacked = 1</script>"
        var findings = Findings()
        findings.lines = [line(hostile, 0.5), line("outside", 2)] + Array(repeating: line("many", -4), count: 100)
        findings.parts = [BodyPart(label: "belly", box: Box(x1: -1, y1: 0.5, x2: 1e300, y2: 0.75), confidence: 1)]
        let (drawn, page) = try outlines(findings)
        let found = try #require(drawn["0"])
        #expect(found.count == 40 && found.first?[0] as? String == "part")
        #expect(found.first?.dropFirst(2).compactMap { $0 as? Double } == [0, 0.5, 1, 0.75])
        #expect(found[1][1] as? String == hostile && !page.contains("</script><script>window"))
        #expect(found[1].dropFirst(2).compactMap { $0 as? Double } == [0.5, 0.5, 1, 1])
        #expect(!found.contains { $0[1] as? String == "outside" })
        // All of them, and nothing else where there are too many.
        findings.parts = Array(repeating: findings.parts?.first, count: 70).compactMap { $0 }
        let bodies = try #require(try outlines(findings).drawn["0"])
        #expect(bodies.count == 70 && bodies.allSatisfy { $0[0] as? String == "part" })
    }

    @Test func `a file's name cannot move the terminal's cursor, with old control characters or newer ones`() throws {
        var document = seedResult()
        document.media.uri = "a\u{1B}[2Jb\u{9B}2Jc\u{7F}d\u{A0}é.mp4"
        let text = try ReportFormat.text.render(document)
        #expect(text.contains("a?[2Jb?2Jc?d\u{A0}é.mp4"), "\(text)")
    }

    @Test func `NDJSON: a line a sample, then the summary`() throws {
        let lines = try ReportFormat.ndjson.render(seedResult()).split(separator: "\n")
        let types = try lines.map { try object(String($0))["type"] as? String }
        #expect(types == ["frame", "frame", "summary"])
    }

    @Test func `CSV: a row a sample, and formulas are defused`() throws {
        let rows = try ReportFormat.csv.render(seedResult()).components(separatedBy: "\r\n")
        #expect(rows[0] == "position,pts,time_base,decision,confidence,hits,reused,error,stream,gore,nudity.explicit")
        #expect(rows[2] == "1000,12800,1/12800,OK,0.999980,,false,,,0.000000,0.000020")
        #expect(rows.count == 4 && rows[3].isEmpty)
    }

    @Test func `WebVTT: a chapter a segment`() throws {
        let track = try ReportFormat.vtt.render(seedResult(explicit: [0.1, 0.99067]))
        #expect(
            track == """
                WEBVTT

                1
                00:00:01.000 --> 00:00:02.000
                nudity.explicit (99.1 %)

                """)
        #expect(try ReportFormat.vtt.render(seedResult()) == "WEBVTT\n")
    }

    @Test func `the cut list: segments that touch or overlap are one cut`() throws {
        let both = seedResult(explicit: [0.9, 0.99067], gore: [0.18204, 0.8])
        #expect(try ReportFormat.edl.render(both) == "0.000 2.000 0\n")
        #expect(try ReportFormat.edl.render(seedResult()).isEmpty)
    }

    @Test func `PicPurify's answer has the figures of its own sample`() throws {
        let answer = try object(try ReportFormat.picpurify.render(seedResult()))
        #expect(answer["status"] as? String == "success")
        #expect(answer["task_call"] as? String == "porn_moderation,gore_moderation")
        #expect(answer["final_decision"] as? String == "OK")
        #expect(answer["confidence_score_decision"] as? Double == 0.90897)
        let counts = ["nb_images", "nb_images_ok", "nb_images_ko"].map { answer[$0] as? Int }
        #expect(counts == [2, 2, 0])
        let images = try #require(answer["images_results"] as? [[String: Any]])
        let porn = try #require(images[0]["porn_moderation"] as? [String: Any])
        #expect(porn["porn_content"] as? Bool == false && porn["confidence_score"] as? Double == 0.99996)
        #expect((images[0]["gore_moderation"] as? [String: Any])?["confidence_score"] as? Double == 0.81796)
        #expect(images[0]["confidence_score_decision"] as? Double == 0.81796)
        #expect((images[1]["media"] as? [String: Any])?["file_image"] as? String == "00000002.jpg")
        #expect(((images[1]["media"] as? [String: Any])?["media_id"] as? String)?.count == 32)
        #expect((answer["media"] as? [String: Any])?["media_id"] as? String == "94fd30ddb3f3ebc37c1c4649f9d3ff16")
    }

    @Test func `PicPurify's answer to a rejected video names the task and the driving confidence`() throws {
        let answer = try object(
            try ReportFormat.picpurify.render(seedResult(explicit: [0.1, 0.99067])))
        #expect(answer["final_decision"] as? String == "KO")
        #expect(answer["confidence_score_decision"] as? Double == 0.99067)
        let images = try #require(answer["images_results"] as? [[String: Any]])
        #expect(images[1]["reject_criteria"] as? [String] == ["porn_moderation"])
        #expect(images[0]["reject_criteria"] as? [String] == [])
    }

    @Test func `the text a person reads says what, when and how sure`() throws {
        let text = try ReportFormat.text.render(seedResult(explicit: [0.1, 0.99067]))
        #expect(text.hasPrefix("KO: porn_moderation (confidence 99.1 %)"))
        #expect(text.contains("0:01.000 – 0:02.000  nudity.explicit  peak 99.1 % at 0:01.000"))
        #expect(text.contains("2 pictures, one every 1 s: 1 OK, 1 KO"))
    }

    /// Each would overflow something, or is nothing that can be drawn.
    @Test(arguments: [
        #""position" : 1000"#: #""position" : 9223372036854775807"#,
        #""position" : 0"#: #""position" : -1"#,
        #""frame_interval" : 1"#: #""frame_interval" : 1e300"#,
        #""duration" : 2000"#: #""duration" : 9223372036854775807"#,
        #""gap" : 0"#: #""gap" : -1"#,
        #""nb_images" : 2"#: #""nb_images" : -2"#,
        #""threshold" : 0.5"#: #""threshold" : 1e308"#,
    ])
    func `a saved result with a number that no check writes is refused`(number: String, other: String) throws {
        let text = try seedResult(explicit: [0.1, 0.99067]).json()
        #expect(try ModerationResult(json: Data(text.utf8)).nbImages == 2)
        let changed = text.replacingOccurrences(of: number, with: other)
        #expect(changed != text, "\(number)")
        #expect(throws: ModerationResult.OutOfBounds.self) { try ModerationResult(json: Data(changed.utf8)) }
    }

    @Test func `results of before there were versions are read, those of later ones refused with both numbers`() throws
    {
        let result = seedResult()
        let text = try result.json()
        let line = #""version" : 1"#
        // The judge has a version, too.
        #expect(text.components(separatedBy: "\n  " + line).count == 2)
        var old = try ModerationResult(
            json: Data(
                text.replacingOccurrences(of: "  " + line + ",\n", with: "").replacingOccurrences(
                    of: ",\n  " + line, with: ""
                ).utf8))
        #expect(old.version == nil)
        old.version = 1
        #expect(old == result)
        // Whatever its other fields are.
        #expect {
            try ModerationResult(json: Data(#"{"version": 2, "decisions": []}"#.utf8))
        } throws: {
            "\($0)" == "it is of version 2, and this program reads results up to version 1"
        }
    }
}
