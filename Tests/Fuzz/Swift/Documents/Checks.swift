import Foundation
import FuzzDriver
import Moderation
import Pipeline
import Reports
import Wire

/// Every message of the services that talk JSON.
func checkMessages(_ document: Data) {
    check(PicPurifyReply<PicPurifyImageAnswer>.self, document)
    check(PicPurifyReply<PicPurifyVideoAnswer>.self, document)
    check(SightengineImageAnswer.self, document)
    check(SightengineVideoAnswer.self, document)
    check(SightengineFeedbackAnswer.self, document)
    check(SightengineSubmission.self, document)
    check(SightengineLookup.self, document)
    check(SightengineOngoing.self, document)
    check(SightengineUploadPlace.self, document)
    check(SightengineFailure.self, document)
    check(ModerateContentAnswer.self, document)
    check(ModerateContentFailure.self, document)
    check(ModerateContentReply.self, document)
    check(NSFWCategorizeReply.self, document)
}

private func check<Message: Codable>(_ type: Message.Type, _ document: Data) {
    check(document, decode: { try WireJSON.decode(type, from: $0) }, encode: { try WireJSON.encode($0) })
}

func checkWebPurifyJSON(_ document: Data) {
    check(document, decode: { try WebPurifyReply(json: $0) }, encode: { try $0.json() })
}

func checkWebPurifyXML(_ document: Data) {
    check(document, decode: { try WebPurifyReply(xml: $0) }, encode: { try $0.xml() })
}

/// What decodes encodes, and that decodes to what encodes to the same.
private func check<Message>(
    _ document: Data, decode: (Data) throws -> Message, encode: (Message) throws -> Data
) {
    guard let message = try? decode(document) else { return }
    do {
        let written = try encode(message)
        let again = try encode(try decode(written))
        require(
            again == written,
            "\(Message.self): \(String(decoding: written, as: UTF8.self)), again: \(String(decoding: again, as: UTF8.self))"
        )
    } catch {
        fatalError("\(Message.self): \(error)")
    }
}

/// A saved result that is taken is written in every form.
func checkResult(_ document: Data) {
    guard let result = try? ModerationResult(json: document) else { return }
    for format in ReportFormat.allCases {
        do {
            _ = try format.render(result)
        } catch {
            fatalError("\(format): \(error)")
        }
    }
}

/// A policy that is taken can be written, and reads as the same.
func checkPolicy(_ document: Data) {
    guard let policy = try? PolicyFile(yaml: String(decoding: document, as: UTF8.self), path: "policy.yaml").policy
    else { return }
    let again = try? PolicyFile(yaml: policy.yaml, path: "policy.yaml").policy
    require(again == policy, "\(policy.yaml)")
}

/// A decision that is taken can be counted.
func checkDecision(_ document: Data) {
    guard let decision = try? HumanDecision(line: Array(document)) else { return }
    var calibration = Calibration(policy: Policy())
    guard (try? calibration.add(decision)) != nil else { return }
    do {
        _ = try CalibrationDocument(calibration, refusedLines: 0, precision: 0.9).html()
    } catch {
        fatalError("\(error)")
    }
}
