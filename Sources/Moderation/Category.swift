/// Something a judge can look for, by its unified name, e.g. `nudity.explicit`.
///
/// A value rather than a closed enumeration: a user's own model may judge categories nobody here has heard of.
public struct Category: RawRepresentable, Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public let rawValue: String

    /// Any name; see `known` for those that mean something to the services.
    public init(rawValue: String) { self.rawValue = rawValue }

    private init(_ name: String) { rawValue = name }

    public var description: String { rawValue }

    public static func < (left: Category, right: Category) -> Bool { left.rawValue < right.rawValue }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

extension Category {
    public static let nudityExplicit = Category("nudity.explicit")
    public static let nuditySuggestive = Category("nudity.suggestive")
    public static let nudityAny = Category("nudity.any")
    public static let gore = Category("gore")
    public static let weapon = Category("weapon")
    public static let alcohol = Category("alcohol")
    public static let drugs = Category("drugs")
    public static let money = Category("money")
    public static let offensive = Category("offensive")
    public static let hate = Category("hate")
    public static let gesture = Category("gesture")
    public static let scam = Category("scam")
    public static let qr = Category("qr")
    public static let textArtificial = Category("text.artificial")
    public static let textNatural = Category("text.natural")
    public static let textProfanity = Category("text.profanity")
    public static let textPersonal = Category("text.personal")
    public static let face = Category("face")
    public static let faceMultiple = Category("face.multiple")
    public static let genderFemale = Category("gender.female")
    public static let minor = Category("minor")
    public static let sunglasses = Category("sunglasses")
    public static let celebrity = Category("celebrity")
    public static let typeIllustration = Category("type.illustration")
    public static let typePhoto = Category("type.photo")
    public static let qualitySharpness = Category("quality.sharpness")
    public static let qualityContrast = Category("quality.contrast")
    public static let qualityBrightness = Category("quality.brightness")
    public static let qualityColors = Category("quality.colors")
    /// It is near to something on a list of known content.
    public static let knownContent = Category("known")

    /// Every category with an agreed meaning.
    public static let known: [Category] = [
        .nudityExplicit, .nuditySuggestive, .nudityAny, .gore, .weapon, .alcohol, .drugs, .money, .offensive, .hate,
        .gesture, .scam, .qr, .textArtificial, .textNatural, .textProfanity, .textPersonal, .face, .faceMultiple,
        .genderFemale,
        .minor, .sunglasses, .celebrity, .typeIllustration, .typePhoto, .qualitySharpness, .qualityContrast,
        .qualityBrightness, .qualityColors, .knownContent,
    ]

    /// Harmful whether or not anybody asked for them by name.
    public static let harmfulByDefault: Set<Category> = [
        .nudityExplicit, .gore, .weapon, .drugs, .offensive, .hate, .gesture, .scam,
    ]

    /// What services answer beside something else, under one name (`wad`, `face-attributes`, their `nudity`), and a judge
    /// may not know.
    public static let accessory: Set<Category> = [.nuditySuggestive, .alcohol, .drugs, .sunglasses]

    /// What services tell as one, and a judge may tell by its halves.
    public static let halves: [Category: [Category]] = [.offensive: [.hate, .gesture]]

    /// Describes a picture without accusing it: never makes a KO, unless a policy says so.
    public var isInformational: Bool {
        let families = ["face", "gender", "celebrity", "type", "quality"]
        return families.contains { rawValue == $0 || rawValue.hasPrefix($0 + ".") }
    }
}
