/// Something a judge can look for, by its unified name, such as `nudity.explicit`.
///
/// Not an enumeration, because users' own models may have other categories.
public struct ContentCategory: RawRepresentable, Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The unified name.
    public let rawValue: String

    /// Accepts any name. See `known` for names with a defined meaning.
    public init(rawValue: String) { self.rawValue = rawValue }

    private init(_ name: String) { rawValue = name }

    public var description: String { rawValue }

    public static func < (left: ContentCategory, right: ContentCategory) -> Bool { left.rawValue < right.rawValue }
}

extension ContentCategory {
    /// Pornography and other explicit nudity.
    public static let nudityExplicit = ContentCategory("nudity.explicit")
    /// Partial nudity, such as swimwear and lingerie, and nudity of either kind.
    public static let nuditySuggestive = ContentCategory("nudity.suggestive"), nudityAny = ContentCategory("nudity.any")
    /// Blood, wounds and corpses.
    public static let gore = ContentCategory("gore")
    /// Firearms and knives; alcoholic drinks.
    public static let weapon = ContentCategory("weapon"), alcohol = ContentCategory("alcohol")
    /// Recreational drugs; banknotes and coins.
    public static let drugs = ContentCategory("drugs"), money = ContentCategory("money")
    /// Hate symbols and obscene gestures.
    public static let offensive = ContentCategory("offensive")
    /// The two halves of `offensive`: hate symbols, and obscene gestures.
    public static let hate = ContentCategory("hate"), gesture = ContentCategory("gesture")
    /// Pictures that romance scammers use.
    public static let scam = ContentCategory("scam")
    /// QR codes.
    public static let qr = ContentCategory("qr")
    /// Text laid over the picture, and text that is part of the scene.
    public static let textArtificial = ContentCategory("text.artificial"), textNatural = ContentCategory("text.natural")
    /// Text with listed words, and text with email addresses, phone numbers and the like.
    public static let textProfanity = ContentCategory("text.profanity"), textPersonal = ContentCategory("text.personal")
    /// At least one face, and several faces.
    public static let face = ContentCategory("face"), faceMultiple = ContentCategory("face.multiple")
    /// A woman's face, and a minor's face.
    public static let genderFemale = ContentCategory("gender.female"), minor = ContentCategory("minor")
    /// A face with sunglasses, and a well-known person's face.
    public static let sunglasses = ContentCategory("sunglasses"), celebrity = ContentCategory("celebrity")
    /// A drawing or another illustration, and a photograph.
    public static let typeIllustration = ContentCategory("type.illustration"), typePhoto = ContentCategory("type.photo")
    /// Sharpness, from 0 (blurred) to 1, and contrast, from 0 (flat) to 1.
    public static let qualitySharpness = ContentCategory("quality.sharpness"),
        qualityContrast = ContentCategory("quality.contrast")
    /// Brightness, from 0 (black) to 1, and dominant colors, which have no score.
    public static let qualityBrightness = ContentCategory("quality.brightness"),
        qualityColors = ContentCategory("quality.colors")
    /// A match with a list of known content.
    public static let knownContent = ContentCategory("known")

    /// All categories with a defined meaning.
    public static let known: [ContentCategory] = [
        .nudityExplicit, .nuditySuggestive, .nudityAny, .gore, .weapon, .alcohol, .drugs, .money, .offensive, .hate,
        .gesture, .scam, .qr, .textArtificial, .textNatural, .textProfanity, .textPersonal, .face, .faceMultiple,
        .genderFemale, .minor, .sunglasses, .celebrity, .typeIllustration, .typePhoto, .qualitySharpness,
        .qualityContrast, .qualityBrightness, .qualityColors, .knownContent,
    ]

    /// Categories that are harmful even if they were not requested by name.
    public static let harmfulByDefault: Set<ContentCategory> = [
        .nudityExplicit, .gore, .weapon, .drugs, .offensive, .hate, .gesture, .scam,
    ]

    /// Categories that services only return as part of a task (`wad`, `face-attributes`, their `nudity`). A judge can serve
    /// such a task without them.
    public static let accessory: Set<ContentCategory> = [.nuditySuggestive, .alcohol, .drugs, .sunglasses]

    /// Categories that services return as one, with the parts that a judge may return instead.
    public static let halves: [ContentCategory: [ContentCategory]] = [.offensive: [.hate, .gesture]]

    /// Whether the category only describes a picture. It never causes a KO unless a policy says so.
    public var isInformational: Bool {
        let families = ["face", "gender", "celebrity", "type", "quality"]
        return families.contains { rawValue == $0 || rawValue.hasPrefix($0 + ".") }
    }
}
