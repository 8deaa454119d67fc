import Foundation
import Testing

@testable import Wire

private func decode<Message: Decodable>(_ type: Message.Type, _ text: String) throws -> Message {
    try WireJSON.decode(type, from: Data(text.utf8))
}

/// What the services really send differs from what they document.
@Suite struct ToleranceTests {
    @Test func `PicPurify: " KO" with a space, booleans and numbers as strings, unknown keys`() throws {
        let answer = try decode(
            PicPurifyImageAnswer.self,
            """
            {"final_decision": " KO", "confidence_score_decision": "0.9", "new_key": [1],
             "porn_moderation": {"porn_content": "true", "confidence_score": "0.9", "compute_time": "0.1"},
             "total_compute_time": "0.8219"}
            """)
        #expect(answer.finalDecision == "KO" && answer.confidenceScoreDecision == 0.9 && answer.status == "success")
        let classifier = PicPurifyClassifier(content: true, confidence: 0.9, computeTime: 0.1)
        #expect(answer.classifiers["porn_moderation"] == classifier && answer.totalComputeTime == 0.8219)
    }

    @Test func `PicPurify: neither a status nor a decision is no answer, and unknown error codes are kept`() {
        #expect(throws: DecodingError.self) { try decode(PicPurifyVideoAnswer.self, #"{"task_call": "x"}"#) }
        let reply = try? decode(
            PicPurifyReply<PicPurifyImageAnswer>.self,
            #"{"status":"failure","error":{"errorCode":"77","errorMsg":"?"}}"#)
        #expect(reply == .failure(PicPurifyFailure(.init(rawValue: 77), "?")))
    }

    @Test func `Sightengine: today's models beside the documented ones`() throws {
        let results = try decode(
            SightengineResults.self,
            """
            {"nudity": {"sexual_activity": 0.1, "sexual_display": 0.7, "erotica": 0.2, "suggestive": "0.3", "none": 0.05},
             "weapon": {"classes": {"firearm": 0.4, "knife": 0.6}}, "alcohol": {"prob": 0.2},
             "recreational_drug": {"prob": 0.3, "classes": {"cannabis": 0.1}}, "gore": {"prob": 0.8},
             "qr": {"link": [{"match": "https://example.org"}], "personal": []}}
            """)
        #expect(results.nudity == SightengineNudity(raw: 0.7, partial: 0.3, safe: 0.05))
        #expect(results.weapon == 0.6 && results.alcohol == 0.2 && results.drugs == 0.3 && results.gore == 0.8)
        #expect(results.qrCodes == ["https://example.org"])
    }

    @Test func `WebPurify: a single hit as an object, empty faces, one face in a list`() throws {
        func answer(_ fields: String) throws -> WebPurifyAnswer? {
            let text = #"{"rsp":{"@attributes":{"stat":"ok"},"method":"m",\#(fields)}}"#
            guard case .answer(let answer) = try WebPurifyReply(json: Data(text.utf8)) else { return nil }
            return answer
        }
        #expect(try answer(#""celebrities":{"name":"a","prob":"89"}"#)?.celebrities?.first?.prob == 89)
        #expect(try answer(#""faces":[],"nudity":10.6"#)?.faces == nil)
        #expect(try answer(#""faces":[{"female":"46"}]"#)?.faces?.female == 46)
    }

    @Test func `ModerateContent: only width and height, classification by index, unknown codes`() throws {
        let box = try decode(ModerateContentFace.Box.self, #"{"x": 10, "y": 20, "width": "30", "height": 40}"#)
        #expect(box == ModerateContentFace.Box(left: 10, top: 20, right: 40, bottom: 60))
        let answer = try decode(
            ModerateContentAnswer.self, #"{"rating_index":"3","predictions":{"adult":"51.5","teen":0,"everyone":48.5}}"#
        )
        #expect(answer.rating == .adult && answer.predictions.adult == 51.5)
        #expect(
            try decode(ModerateContentReply.self, #"{"error_code":1024,"error":"?"}"#)
                == .failure(ModerateContentFailure(.init(rawValue: 1024), "?")))
    }

    @Test func `nsfw-categorize: class in capitals, flags alone, PENDING`() throws {
        func data(_ fields: String) throws -> NSFWCategorizeData? {
            try decode(
                NSFWCategorizeReply.self, #"{"status":"OK","data":{"hash":"AB","confidence":"98.7",\#(fields)}}"#
            ).data
        }
        #expect(try data(#""classification":"Porn""#)?.classification == .porn)
        #expect(try data(#""nsfw":1,"porn":"false""#)?.classification == .nsfw)
        #expect(try data(#""nsfw":false,"porn":false"#)?.classification == .neutral)
        let pending = try decode(NSFWCategorizeReply.self, #"{"status":"pending","data":{"hash":"ab"}}"#)
        #expect(pending.status == .pending && pending.data?.classification == nil && pending.data?.hash == "ab")
    }

    @Test func `commas and comments are forgiven outside of strings only`() throws {
        let text = #"{"a": "/* not a comment, */ \" ,}", /* one */ "b": [1, 2,], }"#
        let value = try decode([String: AnyJSON].self, text)
        #expect(value["a"] == .text("/* not a comment, */ \" ,}") && value["b"] == .numbers([1, 2]))
        #expect(throws: DecodingError.self) { try decode([String: AnyJSON].self, #"{"a" "b"}"#) }
    }

    private enum AnyJSON: Decodable, Equatable {
        case text(String), numbers([Int])
        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let text = try? value.decode(String.self) {
                self = .text(text)
            } else {
                self = .numbers(try value.decode([Int].self))
            }
        }
    }

    @Test func `WebPurify: XML that is none is refused, and a byte order mark before it is not`() throws {
        let answer = Array(#"<rsp stat="fail"><err code="101" msg="API Key is inactive"/></rsp>"#.utf8)
        let declaration = Array(#"<?xml version="1.0" encoding="utf-8" ?>"#.utf8)
        let good = try WebPurifyReply(xml: Data(answer))
        for before in [declaration, [0xEF, 0xBB, 0xBF], [0xEF, 0xBB, 0xBF] + declaration + [0x0A]] {
            #expect(try WebPurifyReply(xml: Data(before + answer)) == good)
        }
        let bad: [[UInt8]] = [
            Array("<".utf8) + [0xFF] + answer.dropFirst(), Array("<rsp a='".utf8) + [0xFF] + Array("'/>".utf8),
            Array("<?a?>".utf8) + answer, declaration + Array("<?a?>".utf8) + answer,
            Array(#"<!DOCTYPE rsp [<!ENTITY a "b">]>"#.utf8) + answer, [], Array("<?xml".utf8), Array("hello".utf8),
        ]
        for document in bad {
            #expect(throws: (any Error).self) { try WebPurifyReply(xml: Data(document)) }
        }
    }
}
