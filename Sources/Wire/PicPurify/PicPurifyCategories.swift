import Base
import Moderation

/// PicPurify's tasks.
public enum PicPurifyTask {
    /// A task that stands for all nine moderation tasks and face attributes.
    public static let profile = "content_moderation_profile"

    /// The categories of each documented task.
    public static let categories: [String: [ContentCategory]] = [
        "porn_moderation": [.nudityExplicit],
        "suggestive_nudity_moderation": [.nuditySuggestive],
        "gore_moderation": [.gore],
        "money_moderation": [.money],
        "weapon_moderation": [.weapon],
        "drug_moderation": [.drugs],
        "hate_sign_moderation": [.hate],
        "obscene_gesture_moderation": [.gesture],
        "qr_code_moderation": [.qr],
        "face_detection": [.face],
        "face_age_detection": [.face, .minor],
        "face_gender_detection": [.face, .genderFemale],
        "face_gender_age_detection": [.face, .genderFemale, .minor],
    ]

    /// Parses the tasks of a request. The profile is replaced by its tasks.
    /// - Parameter text: Names separated by commas.
    /// - Returns: Each task once.
    /// - Throws: `TaskError.unknown`, or `TaskError.none` if no task is named.
    public static func list(_ text: String) throws(TaskError) -> [ModerationTask] {
        try TaskNames.tasks(TaskNames.split(text).flatMap { $0 == profile ? profileTasks : [$0] }, of: categories)
    }

    private static var profileTasks: [String] {
        categories.keys.filter { isModeration($0) }.sorted() + ["face_gender_age_detection"]
    }

    private static let moderation = "_moderation"

    /// Returns whether a task contributes to the decision.
    public static func isModeration(_ name: String) -> Bool { name.hasSuffix(moderation) }

    /// Returns whether a task exists and only describes the picture.
    public static func isDetection(_ name: String) -> Bool { categories[name] != nil && !isModeration(name) }

    /// The subject of a moderation task, such as `porn` for `porn_moderation`.
    static func subject(_ name: String) -> String {
        isModeration(name) ? String(name.dropLast(moderation.count)) : name
    }

    /// Returns the units billed for a task: one, or one per attribute for faces.
    public static func units(_ name: String) -> Int { subCalls(name).count }

    /// Returns the units billed for several tasks.
    public static func units(_ names: [String]) -> Int { names.map { units($0) }.reduce(0, +) }

    /// The parts of a task, as listed in `sub_calls`.
    static func subCalls(_ name: String) -> [String] {
        switch name {
        case "face_gender_age_detection": ["face_detection", "gender_detection", "age_detection"]
        case "face_gender_detection": ["face_detection", "gender_detection"]
        case "face_age_detection": ["face_detection", "age_detection"]
        default: [name]
        }
    }
}

extension PicPurifyClassifier {
    /// - Parameters:
    ///   - probability: The probability that the content is present, 0…1. From 0.5 on it counts as present.
    ///   - computeTime: In seconds.
    public init(probability: Double, computeTime: Double) {
        let content = probability >= 0.5
        self.init(
            content: content, confidence: max(probability, 1 - probability).rounded(decimals: 5),
            computeTime: computeTime)
    }

    /// The probability that the content is present, 0…1. Confidences below 0.5 make no sense; they count as 0.5.
    public var probability: Double {
        let certain = min(max(confidence, 0.5), 1)
        return content ? certain : 1 - certain
    }
}

extension PicPurifyImageAnswer {
    /// Converts a judgement.
    /// - Parameters:
    ///   - judgement: The judgement to convert.
    ///   - tasks: The requested tasks.
    ///   - width: The width of the picture, in pixels.
    ///   - height: The height of the picture, in pixels.
    ///   - computeTime: In seconds.
    ///   - media: The picture.
    public init(
        _ judgement: Judgement, tasks: [ModerationTask], width: Int, height: Int, computeTime: Double,
        media: PicPurifyMedia
    ) {
        self.init(media: media)
        let time = computeTime.rounded(decimals: 4)
        for task in tasks where PicPurifyTask.isModeration(task.name) {
            guard let probability = task.categories.compactMap({ judgement.probabilities[$0] }).max() else { continue }
            classifiers[task.name] = PicPurifyClassifier(probability: probability, computeTime: time)
        }
        if let faces = judgement.findings.faces, tasks.contains(where: { !PicPurifyTask.isModeration($0.name) }) {
            faceDetection = PicPurifyFaceDetection(faces, width: width, height: height, computeTime: time)
        }
        decide(tasks: tasks, isKnown: judgement.isKnown)
        // PicPurify has no such task.
        let tasks = tasks.filter { $0.categories != [.knownContent] }
        taskCall = tasks.map(\.name).joined(separator: ",")
        subCalls = tasks.flatMap { PicPurifyTask.subCalls($0.name) }
        performed = subCalls
        totalComputeTime = time
        unitsAsked = PicPurifyTask.units(tasks.map(\.name))
        unitsConsumed = unitsAsked
    }

    /// - Parameter isKnown: Whether the picture matches known content. If so, it is rejected regardless of the classifiers.
    private mutating func decide(tasks: [ModerationTask], isKnown: Bool) {
        if isKnown {
            let fired = tasks.map(\.name).filter { classifiers[$0]?.content == true }
            (finalDecision, confidenceScoreDecision) = ("KO", 1)
            rejectCriteria = fired + [ContentCategory.knownContent.rawValue]
            return
        }
        guard !classifiers.isEmpty else { return }
        let fired = classifiers.filter(\.value.content)
        rejectCriteria = tasks.map(\.name).filter { fired[$0] != nil }
        finalDecision = fired.isEmpty ? "OK" : "KO"
        let confidences = fired.isEmpty ? classifiers.values.map(\.confidence) : fired.values.map(\.confidence)
        confidenceScoreDecision = fired.isEmpty ? confidences.min() : confidences.max()
    }

    /// Puts a policy's decision in the place of the classifiers' own; detection alone decides nothing.
    /// - Parameters:
    ///   - confidence: 0…1; `nil` where nothing is decided.
    ///   - rejected: Categories that made a KO.
    public mutating func decide(
        _ decision: Decision, confidence: Double?, rejected: Set<ContentCategory>, tasks: [ModerationTask]
    ) {
        guard tasks.contains(where: { !PicPurifyTask.isDetection($0.name) }) else { return }
        finalDecision = decision.rawValue
        // A confidence is that of the stated decision, and so never below one half.
        confidenceScoreDecision = confidence.map { max($0, 0.5).rounded(decimals: 5) }
        rejectCriteria = tasks.filter { !rejected.isDisjoint(with: $0.categories) }.map(\.name)
    }

    /// The answer in unified categories.
    public var judgement: Judgement {
        var probabilities: [ContentCategory: Double] = [:]
        for (task, classifier) in classifiers {
            for category in PicPurifyTask.categories[task] ?? [] {
                probabilities[category] = classifier.probability
            }
        }
        let faces = faceDetection?.faces
        if let faces {
            probabilities[.face] = faces.map(\.confidence).max() ?? 0
            probabilities[.faceMultiple] = faces.count > 1 ? 1 : 0
            probabilities[.genderFemale] = faces.highest(\.female)
            probabilities[.minor] = faces.highest(\.minor)
        }
        return Judgement(probabilities: probabilities, findings: Findings(faces: faces))
    }
}

extension PicPurifyFaceDetection.Choice {
    /// The decision if the confidence is too low. Not documented.
    private static let unknown = "unknown"

    /// Returns `nil` without a probability.
    /// - Parameters:
    ///   - probability: The probability of `yes`, which is chosen from 0.5 on.
    ///   - certain: The minimum confidence of a decision.
    fileprivate init?(_ probability: Double?, _ yes: String, _ no: String, certain: Double = 0) {
        guard let probability else { return nil }
        let confidence = max(probability, 1 - probability)
        self.init(
            decision: confidence < certain ? Self.unknown : probability >= 0.5 ? yes : no,
            confidence: confidence.rounded(decimals: 5))
    }

    /// The probability of `yes`; `nil` if the decision is neither `yes` nor `no`.
    fileprivate func probability(of yes: String, or no: String) -> Double? {
        decision == yes ? confidence : decision == no ? 1 - confidence : nil
    }
}

extension PicPurifyFaceDetection {
    /// The minimum confidence of a gender. Below it, errors are too common.
    private static let certainGender = 0.8

    init(_ faces: [Face], width: Int, height: Int, computeTime: Double) {
        let people = faces.map { face in
            let rectangle = Rectangle(
                top: pixel(face.y1, of: height), right: pixel(face.x2, of: width), bottom: pixel(face.y2, of: height),
                left: pixel(face.x1, of: width))
            let location = Location(
                confidence: min(max(face.confidence, 0.5), 1).rounded(decimals: 5), rectangle: rectangle)
            return Person(
                face: location, gender: Choice(face.female, "female", "male", certain: Self.certainGender),
                age: Choice(face.minor, "minor", "major"))
        }
        self.init(
            thumbnail: Rectangle(top: 0, right: width, bottom: height, left: 0), results: people,
            computeTime: computeTime)
    }

    /// The faces with coordinates in fractions of the picture.
    var faces: [Face] {
        let width = Double(max(1, thumbnail.right - thumbnail.left))
        let height = Double(max(1, thumbnail.bottom - thumbnail.top))
        return results.map { person in
            let box = person.face.rectangle
            return Face(
                x1: Double(box.left) / width, y1: Double(box.top) / height, x2: Double(box.right) / width,
                y2: Double(box.bottom) / height, confidence: person.face.confidence, features: [:],
                female: person.gender?.probability(of: "female", or: "male"),
                minor: person.age?.probability(of: "minor", or: "major"))
        }
    }
}

/// Converts a fraction of a side to whole pixels, clamped to the picture.
func pixel(_ fraction: Double, of side: Int) -> Int { Int((min(max(fraction, 0), 1) * Double(side)).rounded()) }
