import Base
import Foundation
import XMLCoder

// The JSON is converted from XML: attributes are in "@attributes", everything is in "rsp", and all scalars are strings.

extension WebPurifyReply {
    /// Encodes the response as `{"rsp": …}`.
    /// - Throws: `EncodingError`
    public func json() throws -> Data { try WireJSON.encode(JSONEnvelope(rsp: body)) }

    /// Encodes the response as `<?xml …?><rsp stat="…">…</rsp>`.
    /// - Throws: `EncodingError`
    public func xml() throws -> Data {
        try XMLEncoder().encode(
            XMLBody(body: body), withRootKey: "rsp", header: XMLHeader(version: 1, encoding: "utf-8"))
    }

    /// Decodes a response in JSON.
    /// - Throws: `DecodingError`
    public init(json data: Data) throws {
        self = try WireJSON.decode(JSONEnvelope.self, from: data).rsp.reply
    }

    /// Decodes a response in XML.
    /// - Throws: `DecodingError`
    public init(xml data: Data) throws {
        self = try XMLDecoder().decode(XMLBody.self, from: try Self.plain(data)).body.reply
    }

    /// Returns the root element. Refuses text that is not UTF-8 and processing instructions, since Foundation's parser may
    /// crash on them, and document types. The service's responses have none of these.
    private static func plain(_ data: Data) throws -> Data {
        var rest = data.drop { $0 != UInt8(ascii: "<") }
        if rest.starts(with: "<?xml".utf8), let end = rest.range(of: Data("?>".utf8)) { rest = rest[end.upperBound...] }
        let isStrange = ["<?", "<!DOCTYPE"].contains { rest.range(of: Data($0.utf8)) != nil }
        guard !isStrange, String(validating: rest, as: UTF8.self) != nil else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "This is not a response in XML."))
        }
        return Data(rest)
    }

    private var body: Body {
        switch self {
        case .answer(let answer): Body(stat: "ok", answer: answer)
        case .failure(let failure): Body(stat: "fail", failure: failure)
        }
    }
}

private struct Body {
    var stat: String
    var answer = WebPurifyAnswer()
    var failure: WebPurifyFailure?

    var reply: WebPurifyReply { failure.map { .failure($0) } ?? .answer(answer) }
}

private struct JSONEnvelope: Codable {
    let rsp: Body

    init(rsp: Body) { self.rsp = rsp }

    private enum CodingKeys: String, CodingKey { case rsp }
    private enum Keys: String, CodingKey {
        case attributes = "@attributes", err
    }
    private struct Attributes: Codable {
        var stat, code, msg: String?
    }
    private struct Problem: Codable {
        var attributes: Attributes
        enum CodingKeys: String, CodingKey { case attributes = "@attributes" }
    }

    init(from decoder: any Decoder) throws {
        let outer = try decoder.container(keyedBy: CodingKeys.self)
        let inner = try outer.nestedContainer(keyedBy: Keys.self, forKey: .rsp)
        let problem = inner.object(Problem.self, .err)?.attributes
        rsp = try Body(
            stat: inner.object(Attributes.self, .attributes)?.stat, code: problem?.code, message: problem?.msg,
            from: outer.superDecoder(forKey: .rsp))
    }

    func encode(to encoder: any Encoder) throws {
        var outer = encoder.container(keyedBy: CodingKeys.self)
        let nested = outer.superEncoder(forKey: .rsp)
        var inner = nested.container(keyedBy: Keys.self)
        try inner.encode(Attributes(stat: rsp.stat), forKey: .attributes)
        if let failure = rsp.failure {
            let attributes = Attributes(code: String(failure.code.rawValue), msg: failure.message)
            try inner.encode(Problem(attributes: attributes), forKey: .err)
        } else {
            try rsp.answer.encode(to: nested)
        }
    }
}

private struct XMLBody: Codable, DynamicNodeEncoding {
    let body: Body

    init(body: Body) { self.body = body }

    private enum CodingKeys: String, CodingKey { case stat, err }
    private struct Problem: Codable, DynamicNodeEncoding {
        var code, msg: String?
        static func nodeEncoding(for key: any CodingKey) -> XMLEncoder.NodeEncoding { .attribute }
    }

    static func nodeEncoding(for key: any CodingKey) -> XMLEncoder.NodeEncoding {
        key.stringValue == CodingKeys.stat.stringValue ? .attribute : .element
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let problem = fields.object(Problem.self, .err)
        body = try Body(stat: fields.text(.stat), code: problem?.code, message: problem?.msg, from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(body.stat, forKey: .stat)
        if let failure = body.failure {
            try fields.encode(Problem(code: String(failure.code.rawValue), msg: failure.message), forKey: .err)
        } else {
            try body.answer.encode(to: encoder)
        }
    }
}

extension Body {
    fileprivate init(stat: String?, code: String?, message: String?, from decoder: any Decoder) throws {
        if stat == "fail" || code != nil {
            self.init(stat: "fail")
            failure = WebPurifyFailure(.init(rawValue: code.flatMap { Int($0) } ?? 0), message ?? "")
        } else {
            self.init(stat: "ok", answer: try WebPurifyAnswer(from: decoder))
        }
    }
}

extension WebPurifyAnswer: Codable {
    enum CodingKeys: String, CodingKey {
        case method, format, categories, nudity, partialNudity = "nuditypartial", safe = "nuditysafe"
        case weapon, alcohol, drugs, offensive, gore, scam
        case artificialText = "artificialtext", naturalText = "naturaltext"
        case ocrText = "ocr_text", ocrProfanity = "ocr_profanity", ocrProfanityWords = "ocr_profanity_words"
        case faces, celebrities, remaining, apiKey = "api_key"
    }

    private static var percentages: [(CodingKeys, WritableKeyPath<WebPurifyAnswer, Double?>)] {
        [
            (.nudity, \.nudity), (.partialNudity, \.partialNudity), (.safe, \.safe), (.weapon, \.weapon),
            (.alcohol, \.alcohol), (.drugs, \.drugs), (.offensive, \.offensive), (.gore, \.gore), (.scam, \.scam),
            (.artificialText, \.artificialText), (.naturalText, \.naturalText),
        ]
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        method = fields.text(.method) ?? ""
        categories = fields.integer(.categories)
        for (key, field) in Self.percentages { self[keyPath: field] = fields.number(key) }
        ocrText = fields.text(.ocrText)
        ocrProfanity = fields.integer(.ocrProfanity)
        ocrProfanityWords = fields.text(.ocrProfanityWords)
        faces = fields.list(Faces.self, .faces)?.first
        celebrities = fields.list(Celebrity.self, .celebrities)
        if celebrities?.isEmpty == true, !fields.contains(.celebrities) { celebrities = nil }
        remaining = fields.integer(.remaining)
        apiKey = fields.text(.apiKey)
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(method, forKey: .method)
        // The service says "rest" for either format.
        try fields.encode("rest", forKey: .format)
        try fields.encodeIfPresent(categories.map(String.init), forKey: .categories)
        for (key, field) in Self.percentages { try fields.encodeIfPresent(self[keyPath: field]?.percent, forKey: key) }
        try fields.encodeIfPresent(ocrText, forKey: .ocrText)
        try fields.encodeIfPresent(ocrProfanity.map(String.init), forKey: .ocrProfanity)
        try fields.encodeIfPresent(ocrProfanityWords, forKey: .ocrProfanityWords)
        try fields.encodeIfPresent(faces, forKey: .faces)
        try fields.encodeIfPresent(celebrities, forKey: .celebrities)
        try fields.encodeIfPresent(remaining.map(String.init), forKey: .remaining)
        try fields.encodeIfPresent(apiKey, forKey: .apiKey)
    }
}

extension WebPurifyAnswer.Faces: Codable {
    private enum CodingKeys: String, CodingKey { case female, male, minor, sunglasses }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            female: fields.number(.female), male: fields.number(.male), minor: fields.number(.minor),
            sunglasses: fields.number(.sunglasses))
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        for (key, value) in [(CodingKeys.female, female), (.male, male), (.minor, minor), (.sunglasses, sunglasses)] {
            try fields.encodeIfPresent(value?.percent, forKey: key)
        }
    }
}

extension WebPurifyAnswer.Celebrity: Codable {
    private enum CodingKeys: String, CodingKey { case name, prob }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(name: fields.text(.name) ?? "", prob: fields.number(.prob) ?? 0)
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(name, forKey: .name)
        try fields.encode(prob.percent, forKey: .prob)
    }
}

extension Double {
    /// At most two decimals, without trailing zeros: `10`, `2.32`, `99.9`.
    fileprivate var percent: String {
        let rounded = rounded(decimals: 2)
        return rounded == rounded.rounded() ? String(Int(rounded)) : "\(rounded)"
    }
}
