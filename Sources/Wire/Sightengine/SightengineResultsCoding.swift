extension SightengineResults: Codable {
    private enum CodingKeys: String, CodingKey {
        case nudity, weapon, alcohol, drugs, face, faces, type, scam, text, offensive, sharpness, contrast, brightness
        case colors, gore, money, qr
        case medical, recreationalDrug = "recreational_drug"
    }

    private struct Probability: Codable {
        var prob: Double
    }

    /// The newer format of `qr`: separate lists by kind of content.
    private struct TodaysQR: Codable {
        var personal: [Match]?
        var link: [Match]?
        var social: [Match]?
        struct Match: Codable {
            var match: String?
        }
        var texts: [String] { ((link ?? []) + (social ?? []) + (personal ?? [])).map { $0.match ?? "" } }
    }

    public init(from decoder: any Decoder) throws {
        self.init()
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        // A number in the documented API. In newer versions, an object with the probability or with classes.
        func probability(_ key: CodingKeys) -> Double? {
            if let number = fields.number(key) { return number }
            if let object = fields.object([String: Double].self, key) { return object["prob"] }
            if let object = fields.object(Probability.self, key) { return object.prob }
            struct Classes: Decodable { var classes: [String: Double] }
            return fields.object(Classes.self, key)?.classes.values.max()
        }
        nudity = fields.object(SightengineNudity.self, .nudity)
        (weapon, alcohol) = (probability(.weapon), probability(.alcohol))
        drugs = probability(.drugs) ?? [probability(.recreationalDrug), probability(.medical)].compactMap { $0 }.max()
        face = fields.object(SightengineFacePresence.self, .face)
        faces = fields.list(SightengineFace.self, .faces)
        type = fields.object(SightengineType.self, .type)
        scam = probability(.scam)
        text = fields.object(SightengineText.self, .text)
        offensive = fields.object(SightengineOffensive.self, .offensive)
        (sharpness, contrast) = (fields.number(.sharpness), fields.number(.contrast))
        brightness = fields.number(.brightness)
        colors = fields.object(SightengineColors.self, .colors)
        (gore, money) = (probability(.gore), probability(.money))
        qrCodes = fields.object(TodaysQR.self, .qr)?.texts
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encodeIfPresent(nudity, forKey: .nudity)
        try fields.encodeIfPresent(weapon, forKey: .weapon)
        try fields.encodeIfPresent(alcohol, forKey: .alcohol)
        try fields.encodeIfPresent(drugs, forKey: .drugs)
        try fields.encodeIfPresent(face, forKey: .face)
        try fields.encodeIfPresent(faces, forKey: .faces)
        try fields.encodeIfPresent(type, forKey: .type)
        try fields.encodeIfPresent(scam.map(Probability.init), forKey: .scam)
        try fields.encodeIfPresent(text, forKey: .text)
        try fields.encodeIfPresent(offensive, forKey: .offensive)
        try fields.encodeIfPresent(sharpness, forKey: .sharpness)
        try fields.encodeIfPresent(contrast, forKey: .contrast)
        try fields.encodeIfPresent(brightness, forKey: .brightness)
        try fields.encodeIfPresent(colors, forKey: .colors)
        try fields.encodeIfPresent(gore.map(Probability.init), forKey: .gore)
        try fields.encodeIfPresent(money.map(Probability.init), forKey: .money)
        let links = qrCodes?.map { TodaysQR.Match(match: $0) }
        try fields.encodeIfPresent(links.map { TodaysQR(personal: [], link: $0, social: []) }, forKey: .qr)
    }
}
