import Foundation
import Testing

@testable import Wire

/// The services' own samples, as their documentation prints them (trailing commas and comments included).
enum DocumentedSample {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Samples")

    static func data(_ name: String) throws -> Data { try Data(contentsOf: folder.appending(path: name)) }

    /// The sample as plain JSON values.
    static func tree(_ name: String) throws -> NSObject { try tree(WireJSON.forgiving(try data(name))) }

    static func tree(_ data: Data) throws -> NSObject {
        try #require(try JSONSerialization.jsonObject(with: data) as? NSObject)
    }

    /// The keys and values of the sample that a message lacks or has otherwise; empty when it has them all.
    static func missing(from message: NSObject?, of sample: NSObject, at path: String = "") -> [String] {
        if let sample = sample as? [String: NSObject] {
            let message = message as? [String: NSObject] ?? [:]
            return sample.flatMap { missing(from: message[$0.key], of: $0.value, at: path + "/" + $0.key) }
        }
        if let sample = sample as? [NSObject] {
            let message = message as? [NSObject] ?? []
            if sample.count != message.count { return ["\(path): \(message.count) instead of \(sample.count)"] }
            return zip(message, sample).enumerated().flatMap { missing(from: $1.0, of: $1.1, at: "\(path)/\($0)") }
        }
        return message == sample ? [] : ["\(path): \(message.map { "\($0)" } ?? "nothing") instead of \(sample)"]
    }
}

/// Decodes a sample, encodes it again, and compares with the sample and with the first decoding.
private func roundTrip<Message: Codable & Equatable>(_ type: Message.Type, _ name: String) throws -> Message {
    let message = try WireJSON.decode(type, from: DocumentedSample.data(name))
    let encoded = try WireJSON.encode(message)
    #expect(try WireJSON.decode(type, from: encoded) == message, "\(name)")
    let lacking = DocumentedSample.missing(
        from: try DocumentedSample.tree(encoded), of: try DocumentedSample.tree(name))
    #expect(lacking == [], "\(name)")
    return message
}

@Suite struct DocumentedSampleTests {
    private static let all = [
        "moderatecontent-answer.json", "moderatecontent-box.json", "moderatecontent-face-1.json",
        "moderatecontent-face-2.json", "moderatecontent-predictions.json", "nsfw-categorize-error.json",
        "nsfw-categorize-hash.json", "nsfw-categorize-noquota.json", "nsfw-categorize-structure.json",
        "nsfw-categorize-upload-url.json", "nsfw-categorize-upload.json", "picpurify-faces.json",
        "picpurify-image-error.json", "picpurify-image.json", "picpurify-video-error.json", "picpurify-video.json",
        "sightengine-all-models.json", "sightengine-callback.json", "sightengine-celebrities.json",
        "sightengine-envelope.json", "sightengine-error.json", "sightengine-face-attributes.json",
        "sightengine-feedback.json", "sightengine-nudity.json", "sightengine-offensive.json",
        "sightengine-properties.json", "sightengine-scam.json", "sightengine-text.json", "sightengine-type.json",
        "sightengine-video-submission.json", "sightengine-video-sync.json", "sightengine-wad.json",
        "webpurify-answer.json", "webpurify-error.json", "webpurify-error.xml",
    ]

    @Test func `every sample is one that a test here decodes`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: DocumentedSample.folder.path)
        #expect(Set(names).symmetricDifference(Self.all) == [])
    }

    @Test func `PicPurify: an image, faces, a video, errors`() throws {
        let image = try roundTrip(PicPurifyReply<PicPurifyImageAnswer>.self, "picpurify-image.json")
        guard case .answer(let answer) = image else { throw Unexpected() }
        #expect(answer.finalDecision == "OK" && answer.confidenceScoreDecision == 0.99155)
        #expect(answer.classifiers["drug_moderation"]?.confidence == 0.99155)
        #expect(answer.classifiers.count == 3 && answer.rejectCriteria.isEmpty)

        let people = try roundTrip(PicPurifyReply<PicPurifyImageAnswer>.self, "picpurify-faces.json")
        guard case .answer(let faces) = people else { throw Unexpected() }
        #expect(faces.faceDetection?.count == 3 && faces.finalDecision == nil && faces.unitsConsumed == 3)
        #expect(faces.faceDetection?.results[1].gender?.decision == "female")
        #expect(faces.faceDetection?.results[0].face.rectangle.bottom == 180)

        let video = try roundTrip(PicPurifyReply<PicPurifyVideoAnswer>.self, "picpurify-video.json")
        guard case .answer(let frames) = video else { throw Unexpected() }
        #expect(frames.nbImages == 2 && frames.nbImagesOK == 2 && frames.nbImagesKO == 0)
        #expect(frames.images[1].media.fileImage == "00000002.jpg")

        #expect(
            try roundTrip(PicPurifyReply<PicPurifyImageAnswer>.self, "picpurify-image-error.json")
                == .failure(PicPurifyFailure(.image, "File is not an image")))
        #expect(
            try roundTrip(PicPurifyReply<PicPurifyVideoAnswer>.self, "picpurify-video-error.json")
                == .failure(PicPurifyFailure(.video, "File is not in the good format")))
    }

    @Test func `Sightengine: every model, videos, callbacks, feedback, errors`() throws {
        func image(_ name: String) throws -> SightengineResults {
            try roundTrip(SightengineImageAnswer.self, "sightengine-\(name).json").results
        }
        #expect(try image("envelope") == SightengineResults())
        #expect(try image("nudity").nudity == SightengineNudity(raw: 0.000757, partial: 0.000763, safe: 0.999243))
        #expect(try image("wad").weapon == 0.773)
        #expect(try image("face-attributes").faces?.first?.attributes?.female == 0.96)
        #expect(try image("celebrities").faces?.first?.celebrity?.first?.name == "Daniel Craig")
        #expect(try image("scam").scam == 0.9895)
        #expect(try image("type").type != nil)
        #expect(try image("text").text?.boxes?.first?.label.hasPrefix("text-") == true)
        #expect(try image("offensive").offensive?.boxes?.isEmpty == false)
        #expect(try image("properties").colors?.dominant.hex == "#877f54")
        let all = try image("all-models")
        #expect(all.face?.single == 0.99513 && all.faces?.first?.attributes?.female == nil)

        let video = try roundTrip(SightengineVideoAnswer.self, "sightengine-video-sync.json")
        #expect(video.data.frames.map(\.info.position) == [0, 1000] && video.request.operations == nil)
        #expect(
            try roundTrip(SightengineSubmission.self, "sightengine-video-submission.json").nudityRaw == 0.2)
        let callback = try roundTrip(SightengineProgress.self, "sightengine-callback.json")
        #expect(callback.data.status == "finished" && callback.data.frames.count == 2)
        #expect(try roundTrip(SightengineFeedbackAnswer.self, "sightengine-feedback.json").message == "Thank you!")
        let failure = try roundTrip(SightengineFailure.self, "sightengine-error.json")
        #expect(failure.error.type == "credentials_error" && failure.error.code == 1)
    }

    @Test func `ModerateContent: an answer and its parts`() throws {
        let reply = try roundTrip(ModerateContentReply.self, "moderatecontent-answer.json")
        guard case .answer(let answer) = reply else { throw Unexpected() }
        #expect(answer.rating == .everyone && answer.faces?.first?.age == 39)
        let predictions = try roundTrip(
            ModerateContentAnswer.Predictions.self, "moderatecontent-predictions.json")
        #expect(predictions.everyone == 99.823732266668)
        #expect(try roundTrip(ModerateContentFace.self, "moderatecontent-face-1.json").gender == nil)
        #expect(try roundTrip(ModerateContentFace.self, "moderatecontent-face-2.json").face.left == 301)
        #expect(try roundTrip(ModerateContentFace.Box.self, "moderatecontent-box.json").bottom == 163)
    }

    @Test func `nsfw-categorize: answers and refusals`() throws {
        for name in ["structure", "upload", "upload-url", "hash"] {
            let reply = try roundTrip(NSFWCategorizeReply.self, "nsfw-categorize-\(name).json")
            #expect(reply.data?.classification == .nsfw && reply.data?.confidence == 98.74, "\(name)")
        }
        #expect(
            try roundTrip(NSFWCategorizeReply.self, "nsfw-categorize-structure.json").remaining == 4520)
        #expect(try roundTrip(NSFWCategorizeReply.self, "nsfw-categorize-error.json").status == .error)
        #expect(try roundTrip(NSFWCategorizeReply.self, "nsfw-categorize-noquota.json").status == .noQuota)
    }

    @Test func `WebPurify: JSON and XML of the same message`() throws {
        let reply = try WebPurifyReply(json: try DocumentedSample.data("webpurify-answer.json"))
        guard case .answer(let answer) = reply else { throw Unexpected() }
        #expect(answer.nudity == 10.6 && answer.celebrities?.count == 5 && answer.faces?.sunglasses == 3)
        let lacking = DocumentedSample.missing(
            from: try DocumentedSample.tree(try reply.json()), of: try DocumentedSample.tree("webpurify-answer.json"))
        #expect(lacking == [])
        #expect(try WebPurifyReply(json: try reply.json()) == reply)
        #expect(try WebPurifyReply(xml: try reply.xml()) == reply)

        let failure = try WebPurifyReply(json: try DocumentedSample.data("webpurify-error.json"))
        #expect(failure == .failure(WebPurifyFailure(.undefinedCategory, "Undefined category name")))
        #expect(try WebPurifyReply(xml: try failure.xml()) == failure)
        let xml = try WebPurifyReply(xml: try DocumentedSample.data("webpurify-error.xml"))
        #expect(xml == .failure(WebPurifyFailure(.missingKey, "API Key was not included in request")))
    }

    private struct Unexpected: Error {}
}
