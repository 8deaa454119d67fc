import Foundation
import Moderation
import Testing

@testable import Wire

private let probabilities = [0.0, 0.00034, 0.1, 0.3, 0.499996, 0.5, 0.7, 0.99067, 1.0]

/// Conversions to a service's scale and back lose no more than the scale's own precision.
@Suite struct CategoryTests {
    @Test(arguments: probabilities)
    func `PicPurify keeps five decimals`(_ probability: Double) throws {
        let tasks = try PicPurifyTask.list(
            "porn_moderation, gore_moderation,weapon_moderation,drug_moderation,money_moderation,hate_sign_moderation,"
                + "obscene_gesture_moderation,qr_code_moderation,suggestive_nudity_moderation")
        let asked = Dictionary(tasks.flatMap(\.categories).map { ($0, probability) }) { first, _ in first }
        let answer = PicPurifyImageAnswer(
            Judgement(probabilities: asked), tasks: tasks, width: 10, height: 10, computeTime: 0,
            media: PicPurifyMedia(mediaID: ""))
        let back = answer.judgement.probabilities
        #expect(back.count == 9 && back.values.allSatisfy { abs($0 - probability) <= 0.5e-5 + 1e-12 })
        #expect(answer.finalDecision == (probability >= 0.5 ? "KO" : "OK"))
        #expect(answer.rejectCriteria.count == (probability >= 0.5 ? 9 : 0))
    }

    @Test func `PicPurify's documented answer in categories`() throws {
        let answer = try WireJSON.decode(
            PicPurifyImageAnswer.self,
            from: Data(
                #"{"status":"success","porn_moderation":{"porn_content":true,"confidence_score":0.99067103862762},"gore_moderation":{"gore_content":false,"confidence_score":0.99966239929199}}"#
                    .utf8))
        let found = answer.judgement.probabilities
        #expect(found[.nudityExplicit] == 0.99067103862762)
        #expect(abs((found[.gore] ?? 1) - 0.00033760070801) < 1e-12)
        #expect(found[.weapon] == nil)
        #expect(PicPurifyClassifier(content: false, confidence: 0.3, computeTime: 0).probability == 0.5)
    }

    @Test func `PicPurify: OK has the least certain classifier's confidence, KO that of the worst`() throws {
        let tasks = try PicPurifyTask.list("porn_moderation,drug_moderation,gore_moderation")
        func answer(_ porn: Double, _ drugs: Double, _ gore: Double) -> PicPurifyImageAnswer {
            PicPurifyImageAnswer(
                Judgement(probabilities: [.nudityExplicit: porn, .drugs: drugs, .gore: gore]), tasks: tasks, width: 1,
                height: 1, computeTime: 0, media: PicPurifyMedia(mediaID: ""))
        }
        // The figures of the documentation's sample.
        #expect(answer(0.00079, 0.00845, 0).confidenceScoreDecision == 0.99155)
        let bad = answer(0.6, 0.1, 0.99)
        #expect(bad.confidenceScoreDecision == 0.99 && bad.rejectCriteria == ["porn_moderation", "gore_moderation"])
    }

    @Test func `every service name stands for known categories`() {
        for categories in Array(PicPurifyTask.categories.values) + Array(SightengineModel.decided.values) {
            #expect(!categories.isEmpty && categories.allSatisfy(ContentCategory.known.contains))
        }
    }

    @Test func `a name that both a service and a category have is told once`() {
        let names = TaskVocabulary.ofServices.names
        #expect(names.contains("scam") && names.contains("porn_moderation") && names.count == Set(names).count)
    }

    @Test func `PicPurify: the profile is everything, twelve units`() throws {
        let tasks = try PicPurifyTask.list("content_moderation_profile")
        let names = [
            "porn", "suggestive_nudity", "gore", "money", "weapon", "drug", "hate_sign", "obscene_gesture", "qr_code",
        ].map { $0 + "_moderation" }
        #expect(Set(tasks.map(\.name)).symmetricDifference(names + ["face_gender_age_detection"]) == [])
        #expect(tasks.map { PicPurifyTask.units($0.name) }.reduce(0, +) == 12)
        let known = PicPurifyTask.categories.keys.sorted()
        let unknown = TaskError.unknown(name: "nope", known: known)
        #expect(throws: unknown) { try PicPurifyTask.list("porn_moderation,nope") }
        #expect(throws: TaskError.none(known: known)) { try PicPurifyTask.list(" , ") }
    }

    @Test(arguments: probabilities)
    func `WebPurify keeps two decimals of a percentage, and what is naked sums to 100`(_ probability: Double) throws {
        let tasks = try WebPurifyCats.list("Nudity,WAD,offensive,gore,text,scam")
        let asked: [ContentCategory] = [
            .nudityExplicit, .weapon, .alcohol, .drugs, .offensive, .gore, .textArtificial, .textNatural, .scam,
        ]
        let judgement = Judgement(probabilities: Dictionary(uniqueKeysWithValues: asked.map { ($0, probability) }))
        let answer = WebPurifyAnswer(judgement, tasks: tasks)
        let sum = (answer.nudity ?? 0) + (answer.partialNudity ?? 0) + (answer.safe ?? 0)
        #expect(abs(sum - 100) < 1e-9)
        let reply = try WebPurifyReply(json: try WebPurifyReply.answer(answer).json())
        guard case .answer(let back) = reply else { throw TaskError.none(known: []) }
        for category in asked {
            let found = try #require(back.judgement.probabilities[category])
            #expect(abs(found - probability) <= 0.5e-4 + 1e-12, "\(category)")
        }
    }

    /// A line that rises from left to right, with a listed word and an address in it.
    private var readText: Judgement {
        let corners = [(0.2, 0.1), (0.6, 0.05), (0.6, 0.15), (0.2, 0.2)].map { Face.Point(x: $0.0, y: $0.1) }
        let lines = [
            TextLine(
                text: "holy crap that's kind of", confidence: 0.9, corners: corners, origin: .artificial,
                profanity: ["crap"]),
            TextLine(
                text: "a big deal makeameme.org", confidence: 0.8, corners: corners, origin: .natural,
                personal: [.init(kind: .url, text: "makeameme.org")]),
        ]
        var judgement = Judgement(
            probabilities: [.textArtificial: 0.9, .textNatural: 0.8, .textProfanity: 0.9, .textPersonal: 0.8])
        judgement.findings.lines = lines
        return judgement
    }

    @Test func `WebPurify: text as its documentation's example has it, its profanity only with a key for that`() throws
    {
        let tasks = try WebPurifyCats.list("text,ocr")
        let filtered = WebPurifyAnswer(readText, tasks: tasks, filtersText: true)
        #expect(filtered.ocrText == "holy crap that's kind of a big deal makeameme.org")
        #expect(filtered.ocrProfanity == 1 && filtered.ocrProfanityWords == "crap")
        #expect(filtered.artificialText == 90 && filtered.naturalText == 80)
        let plain = WebPurifyAnswer(readText, tasks: tasks)
        #expect(plain.ocrText == filtered.ocrText && plain.ocrProfanity == nil && plain.ocrProfanityWords == nil)
        let other = WebPurifyAnswer(readText, tasks: try WebPurifyCats.list("nudity"), filtersText: true)
        #expect(other.ocrText == nil && other.ocrProfanity == nil)
        let nothing = Judgement(probabilities: [.textProfanity: 0], findings: Findings())
        #expect(WebPurifyAnswer(nothing, tasks: tasks, filtersText: true).ocrProfanity == 0)
    }

    @Test func `Sightengine: a box around each line, labelled by its origin`() throws {
        let text = try #require(SightengineResults(readText, tasks: try SightengineModel.list("text")).text)
        #expect(text.hasArtificial == 0.9 && text.hasNatural == 0.8)
        #expect(
            text.boxes == [
                SightengineBox(x1: 0.2, y1: 0.05, x2: 0.6, y2: 0.2, label: "text-artificial"),
                SightengineBox(x1: 0.2, y1: 0.05, x2: 0.6, y2: 0.2, label: "text-natural"),
            ])
        #expect(SightengineResults(readText, tasks: try SightengineModel.list("scam")).text == nil)
    }

    @Test(arguments: probabilities)
    func `Sightengine keeps six decimals`(_ probability: Double) throws {
        let tasks = try SightengineModel.list("nudity, wad,offensive,scam,text,type,properties,face")
        // Of the classes of nudity each takes from the other.
        let asked = tasks.flatMap(\.categories).filter { $0 != .qualityColors && $0 != .nuditySuggestive }
        let judgement = Judgement(
            probabilities: Dictionary(asked.map { ($0, probability) }) { first, _ in first })
        let results = SightengineResults(judgement, tasks: tasks)
        let back = try WireJSON.decode(SightengineResults.self, from: try WireJSON.encode(results)).judgement
        for category in asked {
            let found = try #require(back.probabilities[category], "\(category)")
            #expect(abs(found - probability) <= 0.5e-6 + 1e-12, "\(category)")
        }
    }

    @Test func `Sightengine: offensive is the worse of hate and gestures where nobody says more`() throws {
        let judgement = Judgement(probabilities: [.hate: 0.2, .gesture: 0.7])
        let tasks = [ModerationTask(name: "offensive", categories: [.hate, .gesture])]
        #expect(SightengineResults(judgement, tasks: tasks).offensive?.prob == 0.7)
    }

    @Test func `Sightengine: a box around each hand that shows the gesture`() throws {
        let tasks = [ModerationTask(name: "offensive", categories: [.gesture])]
        var judgement = Judgement(probabilities: [.gesture: 0.875])
        #expect(SightengineResults(judgement, tasks: tasks).offensive == SightengineOffensive(prob: 0.875))
        let box = Box(x1: 0.25, y1: 0.125, x2: 0.5, y2: 1.5)
        judgement.findings.hands = [0.875, 0.25].map { Hand(box: box, confidence: 1, gesture: $0) }
        #expect(
            SightengineResults(judgement, tasks: tasks).offensive?.boxes == [
                SightengineBox(x1: 0.25, y1: 0.125, x2: 0.5, y2: 1, label: "middlefinger", prob: 0.875)
            ])
    }

    @Test(arguments: probabilities)
    func `ModerateContent's three sum to 100, and the rating is the likeliest`(_ probability: Double) throws {
        let judgement = Judgement(probabilities: [.nudityExplicit: probability])
        let answer = try #require(
            ModerateContentAnswer(judgement, url: "", width: 1, height: 1, withFaces: false))
        let sum = answer.predictions.adult + answer.predictions.teen + answer.predictions.everyone
        #expect(abs(sum - 100) < 1e-9)
        #expect(answer.rating == (probability >= 0.5 ? .adult : .everyone))
        let back = answer.judgement(width: 1, height: 1).probabilities[.nudityExplicit]
        #expect(abs((back ?? -1) - probability) < 1e-8)
        #expect(
            ModerateContentAnswer(Judgement(probabilities: [.gore: 1]), url: "", width: 1, height: 1, withFaces: false)
                == nil)
    }

    @Test(arguments: probabilities)
    func `nsfw-categorize says only the likeliest class`(_ probability: Double) throws {
        let data = try #require(
            NSFWCategorizeData(Judgement(probabilities: [.nudityExplicit: probability]), hash: "ab"))
        let back = data.judgement.probabilities
        if probability >= 0.5 {
            #expect(data.classification == .porn && abs((back[.nudityExplicit] ?? -1) - probability) <= 0.5e-4 + 1e-12)
        } else {
            #expect(data.classification == .neutral && abs((back[.nudityAny] ?? -1) - probability) <= 0.5e-4 + 1e-12)
            #expect(back[.nudityExplicit] == nil)
        }
    }

    @Test func `faces survive the pixels of PicPurify and ModerateContent`() throws {
        let face = Face(x1: 0.25, y1: 0.1, x2: 0.5, y2: 0.4, confidence: 0.9, features: [:], female: 0.8, minor: 0.1)
        let judgement = Judgement(
            probabilities: [.nudityExplicit: 0, .face: 0.9], findings: Findings(faces: [face]))
        let tasks = try PicPurifyTask.list("face_gender_age_detection")
        let answer = PicPurifyImageAnswer(
            judgement, tasks: tasks, width: 400, height: 200, computeTime: 0, media: PicPurifyMedia(mediaID: ""))
        #expect(answer.finalDecision == nil)
        #expect(
            answer.faceDetection?.results.first?.face.rectangle == .init(top: 20, right: 200, bottom: 80, left: 100))
        let back = try #require(answer.judgement.findings.faces?.first)
        #expect(back.x1 == 0.25 && back.y2 == 0.4 && back.female == 0.8 && abs((back.minor ?? 1) - 0.1) < 1e-9)
        let rated = ModerateContentAnswer(judgement, url: "", width: 400, height: 200, withFaces: true)
        #expect(rated?.faces?.first?.face == .init(left: 100, top: 20, right: 200, bottom: 80))
        #expect(rated?.faces?.first?.gender == "female")
    }

    @Test func `a gender or an age that nobody is sure of is said to be unknown`() throws {
        func face(female: Double, age: Double?) -> Face {
            Face(x1: 0, y1: 0, x2: 1, y2: 1, confidence: 1, features: [:], female: female, minor: 0.1, age: age)
        }
        let faces = [face(female: 0.79, age: nil), face(female: 0.8, age: 38.6), face(female: 0.2, age: 0.4)]
        let judgement = Judgement(probabilities: [.nudityExplicit: 0, .face: 1], findings: Findings(faces: faces))
        let detection = try #require(
            PicPurifyImageAnswer(
                judgement, tasks: try PicPurifyTask.list("face_gender_age_detection"), width: 10, height: 10,
                computeTime: 0, media: PicPurifyMedia(mediaID: "")
            ).faceDetection)
        #expect(detection.results.map(\.gender?.decision) == ["unknown", "female", "male"])
        #expect(detection.results.map(\.gender?.confidence) == [0.79, 0.8, 0.8])
        #expect(detection.results.allSatisfy { $0.age == .init(decision: "major", confidence: 0.9) })
        #expect(detection.faces.map(\.female) == [nil, 0.8, 1 - 0.8])
        let rated = try #require(ModerateContentAnswer(judgement, url: "", width: 10, height: 10, withFaces: true))
        #expect(rated.faces?.map(\.age) == [-1, 39, 0])
        #expect(rated.judgement(width: 10, height: 10).findings.faces?.map(\.age) == [nil, 39, 0])
    }

    @Test func `an age that nobody judged is not told`() throws {
        let face = Face(x1: 0, y1: 0, x2: 1, y2: 1, confidence: 1, features: [:])
        let judgement = Judgement(probabilities: [.nudityExplicit: 0, .face: 1], findings: Findings(faces: [face]))
        let rated = try #require(ModerateContentAnswer(judgement, url: "", width: 10, height: 10, withFaces: true))
        #expect(rated.faces?.count == 1 && rated.faces?.first?.age == nil && rated.faces?.first?.gender == nil)
    }

    @Test(arguments: [
        (["female_breast_covered", "belly_exposed"], "bikini"),
        (["female_breast_covered", "female_genitalia_covered", "male_breast_exposed"], "bikini"),
        (["male_breast_exposed", "belly_exposed"], "chest"), (["female_breast_covered"], nil), (["belly_exposed"], nil),
        ([], nil),
    ])
    func `Sightengine: partial nudity is named by the parts seen, and only where it is likeliest`(
        _ labels: [String], _ tag: String?
    ) throws {
        let tasks = try SightengineModel.list("nudity")
        func named(_ partial: Double) -> String? {
            var judgement = Judgement(probabilities: [.nudityExplicit: 0.1, .nuditySuggestive: partial])
            judgement.findings.parts = labels.map {
                BodyPart(label: $0, box: Box(x1: 0, y1: 0, x2: 1, y2: 1), confidence: 0.6)
            }
            return SightengineResults(judgement, tasks: tasks).nudity?.partialTag
        }
        #expect(named(0.6) == tag)
        #expect(named(0.3) == nil)
    }

    @Test func `Sightengine: sunglasses seen in a picture are an only face's, and not told of several`() throws {
        func sunglasses(
            _ count: Int, _ judged: Double?, ofFace: Double? = nil, models: String = "face-attributes"
        ) throws -> [Double?]? {
            let face = Face(
                x1: 0, y1: 0, x2: 1, y2: 1, confidence: 1, features: [:], female: 0.5, sunglasses: ofFace)
            var judgement = Judgement(probabilities: [.face: 1])
            judgement.probabilities[.sunglasses] = judged
            judgement.findings.faces = Array(repeating: face, count: count)
            let results = SightengineResults(judgement, tasks: try SightengineModel.list(models))
            return results.faces?.map { $0.attributes?.sunglasses }
        }
        #expect(try sunglasses(1, 0.75) == [0.75] && sunglasses(1, nil) == [nil])
        #expect(try sunglasses(2, 0.75) == [nil, nil] && sunglasses(1, 0.75, ofFace: 0.25) == [0.25])
        #expect(try sunglasses(1, 0.75, models: "faces") == [nil])
    }

    @Test func `where nobody is seen there is no minor; a face whose age nobody told says nothing`() throws {
        func minors(_ faces: (sightengine: String, picPurify: String, moderateContent: String)) throws -> [Double?] {
            let results = try WireJSON.decode(
                SightengineResults.self, from: Data(#"{"faces":[\#(faces.sightengine)]}"#.utf8))
            let image = try WireJSON.decode(
                PicPurifyImageAnswer.self,
                from: Data(
                    #"""
                    {"status":"success","face_detection":{"thumbnail":{"top":0,"bottom":9,"left":0,"right":9},"nb_face":1,
                    "results":[\#(faces.picPurify)]}}
                    """#.utf8))
            let rated = try WireJSON.decode(
                ModerateContentAnswer.self,
                from: Data(
                    #"""
                    {"url_classified":"","rating_index":1,"rating_letter":"e","rating_label":"everyone","error_code":0,
                    "predictions":{"everyone":100,"teen":0,"adult":0},"faces":[\#(faces.moderateContent)]}
                    """#.utf8))
            return [results.judgement, image.judgement, rated.judgement(width: 9, height: 9)]
                .map { $0.probabilities[.minor] }
        }
        let box = #""x1":0,"y1":0,"x2":1,"y2":1"#
        let person = #""face":{"confidence_score":0.9,"face_rectangle":{"top":0,"right":9,"bottom":9,"left":0}}"#
        let sides = #""face":{"left":0,"top":0,"right":9,"bottom":9}"#
        #expect(try minors(("", "", "")) == [0, 0, 0])
        #expect(try minors(("{\(box)}", "{\(person)}", "{\(sides)}")) == [nil, nil, nil])
        #expect(
            try minors(
                (
                    #"{\#(box),"attributes":{"minor":0.75}}"#,
                    #"{\#(person),"age_majority":{"decision":"minor","confidence_score":0.75}}"#,
                    #"{\#(sides),"age":12}"#
                )) == [0.75, 0.75, 1])
    }

    @Test func `the service's own hsv is that of its hex`() {
        // Python: colorsys.rgb_to_hsv(135/255, 127/255, 84/255)
        #expect(SightengineColor(hex: "#877f54")?.hsv == [0.1405, 0.3778, 0.5294])
        #expect(SightengineColor(hex: "#0000ff")?.hsv == [0.6667, 1, 1])
        #expect(SightengineColor(hex: "#000000")?.hsv == [0, 0, 0])
        #expect(SightengineColor(hex: "red") == nil)
    }
}
