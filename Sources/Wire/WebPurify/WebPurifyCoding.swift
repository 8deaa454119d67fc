import Base
import Foundation
import XMLCoder

// The JSON is converted from XML: attributes are in "@attributes", everything is in "rsp", and all scalars are strings.

extension WebPurifyReply {
    /// Encodes the response as `{"rsp": …}`.
    /// - Throws: `EncodingError`
    public func json() throws -> Data { try WireJSON.encode(JSONEnvelope(rsp: JSONBody(reply: self))) }

    /// Encodes the response as `<?xml …?><rsp stat="…">…</rsp>`.
    /// - Throws: `EncodingError`
    public func xml() throws -> Data {
        try XMLEncoder().encode(
            XMLBody(reply: self), withRootKey: "rsp", header: XMLHeader(version: 1, encoding: "utf-8"))
    }

    /// Decodes a response in JSON.
    /// - Throws: `DecodingError`
    public init(json data: Data) throws {
        self = try WireJSON.decode(JSONEnvelope.self, from: data).rsp.reply
    }

    /// Decodes a response in XML.
    /// - Throws: `DecodingError`
    public init(xml data: Data) throws {
        self = try XMLDecoder().decode(XMLBody.self, from: try PlainXML.root(of: data)).reply
    }

    /// Decodes the answer unless there is a failure.
    fileprivate init(stat: String?, code: String?, message: String?, from decoder: any Decoder) throws {
        if stat == "fail" || code != nil {
            self = .failure(WebPurifyFailure(.init(rawValue: code.flatMap { Int($0) } ?? 0), message ?? ""))
        } else {
            self = .answer(try WebPurifyAnswer(from: decoder))
        }
    }

    fileprivate var stat: String {
        switch self {
        case .answer: "ok"
        case .failure: "fail"
        }
    }
}

private struct JSONEnvelope: Codable {
    let rsp: JSONBody
}

private struct JSONBody: Codable {
    let reply: WebPurifyReply

    init(reply: WebPurifyReply) { self.reply = reply }

    private enum CodingKeys: String, CodingKey { case attributes = "@attributes", err }
    private struct Attributes: Codable {
        var stat, code, msg: String?
    }
    private struct Problem: Codable {
        var attributes: Attributes
        enum CodingKeys: String, CodingKey { case attributes = "@attributes" }
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let problem = fields.object(Problem.self, .err)?.attributes
        reply = try WebPurifyReply(
            stat: fields.object(Attributes.self, .attributes)?.stat, code: problem?.code, message: problem?.msg,
            from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(Attributes(stat: reply.stat), forKey: .attributes)
        switch reply {
        case .answer(let answer): try answer.encode(to: encoder)
        case .failure(let failure):
            let attributes = Attributes(code: String(failure.code.rawValue), msg: failure.message)
            try fields.encode(Problem(attributes: attributes), forKey: .err)
        }
    }
}

private struct XMLBody: Codable, DynamicNodeEncoding {
    let reply: WebPurifyReply

    init(reply: WebPurifyReply) { self.reply = reply }

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
        reply = try WebPurifyReply(stat: fields.text(.stat), code: problem?.code, message: problem?.msg, from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(reply.stat, forKey: .stat)
        switch reply {
        case .answer(let answer): try answer.encode(to: encoder)
        case .failure(let failure):
            try fields.encode(Problem(code: String(failure.code.rawValue), msg: failure.message), forKey: .err)
        }
    }
}

/// The keys of an answer, in which numbers are encoded as strings.
protocol WebPurifyKey: LenientKey {}

extension KeyedEncodingContainer where Key: WebPurifyKey {
    mutating func encode(_ value: Double, forKey key: Key) throws { try encode(value.percent, forKey: key) }
    mutating func encodeIfPresent(_ value: Double?, forKey key: Key) throws {
        try encodeIfPresent(value?.percent, forKey: key)
    }
    mutating func encodeIfPresent(_ value: Int?, forKey key: Key) throws {
        try encodeIfPresent(value.map { String($0) }, forKey: key)
    }
}

extension KeyedDecodingContainer where Key: WebPurifyKey {
    func decode(_ type: WebPurifyAnswer.Format.Type, forKey key: Key) throws -> WebPurifyAnswer.Format { .init() }
    /// XMLCoder decodes a missing list as an empty one.
    func decodeIfPresent<Element: Decodable>(_ type: [Element].Type, forKey key: Key) throws -> [Element]? {
        contains(key) ? list(Element.self, key) : nil
    }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        list(type, key)?.first
    }
}

extension Double {
    /// At most two decimals, without trailing zeros: `10`, `2.32`, `99.9`.
    fileprivate var percent: String {
        let rounded = rounded(decimals: 2)
        return rounded == rounded.rounded() ? String(Int(rounded)) : "\(rounded)"
    }
}
