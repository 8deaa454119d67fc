/// One thing asked of a judge, under the name it was asked by.
///
/// People ask in the words of the service they know (`porn_moderation`, `nudity`, `qr-content`) or with a unified
/// category; every report answers in the words of the question.
public struct ModerationTask: Hashable, Sendable {
    /// As typed.
    public let name: String
    /// What it covers; at least one.
    public let categories: [Category]

    public init(name: String, categories: [Category]) {
        self.name = name
        self.categories = categories
    }

    /// The task as a judge of these categories answers it; `nil` when it cannot. What only comes with something else may
    /// be missing (`Category.accessory`): the answer then says nothing of it.
    public func served(by available: Set<Category>) -> ModerationTask? {
        let asked = Set(spelled(for: available)), main = asked.subtracting(Category.accessory)
        guard available.isSuperset(of: main.isEmpty ? asked : main) else { return nil }
        return partlyServed(by: available)
    }

    /// What a judge of these categories can answer of the task, and be it half of a category; `nil` when that is nothing.
    public func partlyServed(by available: Set<Category>) -> ModerationTask? {
        let told = spelled(for: available).filter(available.contains)
        return told.isEmpty ? nil : ModerationTask(name: name, categories: told)
    }

    /// The categories, with the halves of those that the judge does not tell as one.
    private func spelled(for available: Set<Category>) -> [Category] {
        categories.flatMap { available.contains($0) ? [$0] : Category.halves[$0] ?? [$0] }
    }

    /// The task of that name: a unified category, one of PicPurify's tasks or one of Sightengine's models.
    /// `nil` when nobody knows it.
    public init?(named name: String, ownCategories: some Sequence<Category> = []) {
        if let categories = Self.serviceNames[name] {
            self.init(name: name, categories: categories)
        } else if Category.known.contains(where: { $0.rawValue == name })
            || ownCategories.contains(where: { $0.rawValue == name })
        {
            self.init(name: name, categories: [Category(rawValue: name)])
        } else {
            return nil
        }
    }

    /// PicPurify's tasks, from its API documentation, and the categories they decide.
    public static let picPurifyTasks: [String: [Category]] = [
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

    /// Sightengine's models, from its API documentation, and the categories they decide.
    public static let sightengineModels: [String: [Category]] = [
        "nudity": [.nudityExplicit],
        "wad": [.weapon, .alcohol, .drugs],
        "offensive": [.offensive],
        "scam": [.scam],
        "faces": [.face],
        "face-attributes": [.face, .genderFemale, .minor, .sunglasses],
        "celebrities": [.celebrity],
        "text": [.textArtificial, .textNatural],
        "type": [.typeIllustration, .typePhoto],
        "properties": [.qualitySharpness, .qualityContrast, .qualityBrightness, .qualityColors],
        "qr-content": [.qr],
    ]

    private static let serviceNames = picPurifyTasks.merging(sightengineModels) { first, _ in first }

    /// Every name `init(named:)` takes, sorted.
    public static let knownNames: [String] =
        (Array(serviceNames.keys) + Category.known.map(\.rawValue)).sorted()
}

/// Task names nobody knows, or that a judge does not serve.
public enum TaskError: Error, Equatable, CustomStringConvertible {
    case unknown(name: String)
    case unserved(name: String, judge: String, served: [String])
    case none
    /// The judge has nothing to judge with.
    case nothing(judge: String)
    /// Another one, and a sentence that says what helps.
    indirect case helped(TaskError, by: String)

    public var description: String {
        switch self {
        case .unknown(let name):
            "There is no task “\(name)”. Known tasks: \(ModerationTask.knownNames.joined(separator: ", "))."
        case .unserved(let name, let judge, let served):
            "\(judge) cannot judge “\(name)”. It serves: \(served.joined(separator: ", "))."
        case .nothing(let judge):
            "\(judge) has no model to judge with; run scripts/setup."
        case .helped(let error, let help):
            "\(error) \(help)"
        case .none:
            "No task was named. Known tasks: \(ModerationTask.knownNames.joined(separator: ", "))."
        }
    }
}
