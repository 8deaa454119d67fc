import Base
import Moderation

/// Sightengine's models.
public enum SightengineModel {
    /// Other spellings of documented names.
    private static let aliases = [
        "face_attributes": "face-attributes", "weapon-alcohol-drugs": "wad", "wad-1": "wad", "nudity-1": "nudity",
    ]

    /// The categories that a user requests with each documented model.
    public static let decided: [String: [ContentCategory]] = [
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

    /// All categories that each documented model returns.
    public static let categories: [String: [ContentCategory]] =
        decided.merging([
            "face": [.face, .faceMultiple], "nudity": ModerationTask.nudity.categories,
        ]) { $1 }

    /// Parses the models of a request.
    /// - Parameter text: Names separated by commas.
    /// - Returns: Each model once, by its documented name.
    /// - Throws: `TaskError.unknown`, or `TaskError.none` if no model is named.
    public static func list(_ text: String) throws(TaskError) -> [ModerationTask] {
        try TaskNames.tasks(TaskNames.split(text).map { aliases[$0] ?? $0 }, of: categories)
    }

    /// Returns the operations billed for a picture: one per model, none for `properties`.
    public static func operations(_ names: [String]) -> Int { names.count { $0 != "properties" } }

    /// Returns the operations billed for a picture.
    public static func operations(_ tasks: [ModerationTask]) -> Int { operations(tasks.map(\.name)) }

    /// The classes that feedback may give a misjudged picture, by model.
    public static let feedbackClasses: [String: [String]] = [
        "nudity": ["safe", "partial", "raw", "bikini", "chest", "cleavage"],
        "wad": ["no-weapons", "weapons", "no-alcohol", "alcohol", "no-drugs", "drugs"],
        "text": ["no-text", "text-artificial", "text-natural"],
        "offensive": ["not-offensive", "offensive"],
        "scam": ["not-scam", "scam"],
        "gender": ["male", "female"],
        "minor": ["no-minor", "minor"],
        "celebrities": ["no-celebrity", "celebrity"],
        "face": ["none", "single", "multiple"],
        "type": ["photo", "illustration"],
    ]
}

extension SightengineResults {
    private static let hateLabels: Set<String> = [
        "swastika", "ssbolts", "confederate", "kkk", "isisflag", "ironcross",
    ]

    /// Converts a judgement for the requested models. Categories that were not judged are missing.
    public init(_ judgement: Judgement, tasks: [ModerationTask]) {
        self.init()
        let judged = judgement.probabilities.mapValues { $0.rounded(decimals: 6) }
        let asked = Set(tasks.map(\.name))
        for model in asked { fill(model, judged) }
        nudity?.tag(by: judgement.findings.parts ?? [])
        offensive?.boxes = judgement.findings.hands?.filter { $0.gesture >= 0.5 }.map(SightengineBox.init)
        text?.boxes = judgement.findings.lines?.map(SightengineBox.init)
        let finders: Set<String> = ["faces", "face-attributes", "celebrities", "scam"]
        if var found = judgement.findings.faces, !asked.isDisjoint(with: finders) {
            // Sunglasses judged for the whole picture can be attributed to a face if it is the only one.
            if found.count == 1, asked.contains("face-attributes"), found[0].sunglasses == nil {
                found[0].sunglasses = judgement.probabilities[.sunglasses]
            }
            faces = found.map(SightengineFace.init)
        }
        if asked.contains("properties"), let found = judgement.findings.colors {
            colors = SightengineColors(found)
        }
        if asked.contains("qr-content"), judged[.qr] != nil {
            qrCodes = judgement.findings.qrCodes ?? []
        }
    }

    private mutating func fill(_ model: String, _ judged: [ContentCategory: Double]) {
        switch model {
        case "nudity":
            guard let raw = judged[.nudityExplicit] else { return }
            let partial = min(judged[.nuditySuggestive] ?? 0, 1 - raw)
            nudity = SightengineNudity(
                raw: raw, partial: partial.rounded(decimals: 6), safe: (1 - raw - partial).rounded(decimals: 6))
        case "wad": (weapon, alcohol, drugs) = (judged[.weapon], judged[.alcohol], judged[.drugs])
        case "face", "faces":
            guard let single = judged[.face] else { return }
            face = SightengineFacePresence(single: single, multiple: judged[.faceMultiple] ?? 0)
        case "type":
            guard let photo = judged[.typePhoto] ?? judged[.typeIllustration].map({ 1 - $0 }) else { return }
            type = SightengineType(
                illustration: judged[.typeIllustration] ?? (1 - photo).rounded(decimals: 6), photo: photo)
        case "scam": scam = judged[.scam]
        case "text":
            guard judged[.textArtificial] != nil || judged[.textNatural] != nil else { return }
            text = SightengineText(
                hasArtificial: judged[.textArtificial] ?? 0, hasNatural: judged[.textNatural] ?? 0)
        case "offensive":
            offensive = (judged[.offensive] ?? [judged[.hate], judged[.gesture]].compactMap { $0 }.max())
                .map { SightengineOffensive(prob: $0) }
        case "properties":
            (sharpness, contrast) = (judged[.qualitySharpness], judged[.qualityContrast])
            brightness = judged[.qualityBrightness]
        default: break
        }
    }

    /// The results in unified categories.
    public var judgement: Judgement {
        var found: [ContentCategory: Double] = [
            .weapon: weapon, .alcohol: alcohol, .drugs: drugs, .gore: gore, .money: money, .scam: scam,
            .nudityExplicit: nudity?.raw, .nuditySuggestive: nudity?.partial, .nudityAny: nudity.map { 1 - $0.safe },
            .offensive: offensive?.prob, .typeIllustration: type?.illustration, .typePhoto: type?.photo,
            .textArtificial: text?.hasArtificial, .textNatural: text?.hasNatural, .qualitySharpness: sharpness,
            .qualityContrast: contrast, .qualityBrightness: brightness, .qr: qrCodes.map { $0.isEmpty ? 0 : 1 },
        ].compactMapValues { $0 }
        if let boxes = offensive?.boxes {
            found[.hate] = boxes.filter { Self.hateLabels.contains($0.label) }.compactMap(\.prob).max() ?? 0
            found[.gesture] = boxes.filter { $0.label == SightengineBox.gestureLabel }.compactMap(\.prob).max() ?? 0
        }
        if let face {
            (found[.face], found[.faceMultiple]) = (max(face.single, face.multiple), face.multiple)
        } else if let faces {
            (found[.face], found[.faceMultiple]) = (faces.isEmpty ? 0 : 1, faces.count > 1 ? 1 : 0)
        }
        let people = faces?.map(\.face)
        found[.genderFemale] = people?.highest(\.female)
        found[.minor] = people?.highest(\.minor)
        found[.sunglasses] = people?.highest(\.sunglasses)
        found[.celebrity] = people?.highest { $0.celebrities?.map(\.probability).max() }
        let colors = colors.map { ([$0.dominant] + $0.accent + $0.other).map(\.hex) }
        let findings = Findings(
            faces: people, qrCodes: qrCodes.flatMap { $0.isEmpty ? nil : $0 }, colors: colors)
        return Judgement(probabilities: found, findings: findings)
    }
}

extension SightengineNudity {
    /// Sets the kind of partial nudity, if partial nudity is most likely and body parts indicate the kind. A cleavage cannot
    /// be distinguished from a clothed chest.
    fileprivate mutating func tag(by parts: [BodyPart]) {
        guard partial >= max(raw, safe) else { return }
        let seen = Set(parts.map(\.label))
        if seen.contains("female_breast_covered"),
            !seen.isDisjoint(with: ["belly_exposed", "female_genitalia_covered"])
        {
            partialTag = "bikini"
        } else if seen.contains("male_breast_exposed") {
            partialTag = "chest"
        }
    }
}

extension SightengineBox {
    fileprivate static let gestureLabel = "middlefinger"

    init(_ line: TextLine) { self.init(line.box, label: "text-\(line.origin.rawValue)") }

    init(_ hand: Hand) { self.init(hand.box, label: Self.gestureLabel, prob: hand.gesture.rounded(decimals: 6)) }

    private init(_ box: Box, label: String, prob: Double? = nil) {
        func share(_ value: Double) -> Double { min(max(value, 0), 1).rounded(decimals: 5) }
        self.init(
            x1: share(box.x1), y1: share(box.y1), x2: share(box.x2), y2: share(box.y2), label: label, prob: prob)
    }
}

extension SightengineFace {
    init(_ face: Face) {
        func share(_ value: Double) -> Double { min(max(value, 0), 1).rounded(decimals: 4) }
        self.init(x1: share(face.x1), y1: share(face.y1), x2: share(face.x2), y2: share(face.y2))
        if !face.features.isEmpty {
            features = face.features.mapValues { Point(x: share($0.x), y: share($0.y)) }
        }
        if face.female != nil || face.minor != nil || face.sunglasses != nil {
            attributes = Attributes(
                female: face.female.map(share), male: face.female.map { share(1 - $0) },
                minor: face.minor.map(share), sunglasses: face.sunglasses.map(share))
        }
        celebrity = face.celebrities?.map { Celebrity(name: $0.name, prob: share($0.probability)) }
    }

    /// The confidence is 1, since the service states none.
    var face: Face {
        Face(
            x1: x1, y1: y1, x2: x2, y2: y2, confidence: 1,
            features: features ?? [:], female: attributes?.female, minor: attributes?.minor,
            sunglasses: attributes?.sunglasses,
            celebrities: celebrity?.map { Face.Celebrity(name: $0.name, probability: $0.prob) })
    }
}

extension SightengineColors {
    /// Returns `nil` without colors. The first is dominant. Of the others, those with a saturation of at least 0.5 are accents;
    /// the service does not publish its rule.
    /// - Parameter colors: As `#rrggbb`, most frequent first.
    init?(_ colors: [String]) {
        let parsed = colors.compactMap(SightengineColor.init(hex:))
        guard let first = parsed.first else { return nil }
        let others = parsed.dropFirst()
        let isAccent = { (color: SightengineColor) in (color.hsv?[1] ?? 0) >= 0.5 }
        self.init(dominant: first, accent: others.filter(isAccent), other: others.filter { !isAccent($0) })
    }
}

extension SightengineColor {
    init?(hex: String) {
        guard hex.hasPrefix("#"), hex.utf8.count == 7, let value = Int(hex.dropFirst(), radix: 16) else { return nil }
        let (r, g, b) = (value >> 16 & 255, value >> 8 & 255, value & 255)
        self.init(r: r, g: g, b: b, hex: hex, hsv: Self.hsv(Double(r) / 255, Double(g) / 255, Double(b) / 255))
    }

    private static func hsv(_ r: Double, _ g: Double, _ b: Double) -> [Double] {
        let value = max(r, g, b)
        let spread = value - min(r, g, b)
        var hue = 0.0
        if spread > 0 {
            switch value {
            case r: hue = ((g - b) / spread + 6).truncatingRemainder(dividingBy: 6)
            case g: hue = (b - r) / spread + 2
            default: hue = (r - g) / spread + 4
            }
        }
        return [hue / 6, value > 0 ? spread / value : 0, value].map { $0.rounded(decimals: 4) }
    }
}
