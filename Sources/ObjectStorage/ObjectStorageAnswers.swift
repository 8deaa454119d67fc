import Base
import Foundation
import HTTPTransport
import XMLCoder

/// What S3 answers, out of XML.
enum ObjectStorageAnswer {
    /// A page of a list.
    struct Page: Decodable {
        struct Entry: Decodable {
            let key: String
            let size: Int
            let etag: String?
            let lastModified: String?

            enum CodingKeys: String, CodingKey {
                case key = "Key"
                case size = "Size"
                case etag = "ETag"
                case lastModified = "LastModified"
            }
        }
        let entries: [Entry]?
        let isTruncated: Bool?
        let nextToken: String?
        let encoding: String?

        enum CodingKeys: String, CodingKey {
            case entries = "Contents"
            case isTruncated = "IsTruncated"
            case nextToken = "NextContinuationToken"
            case encoding = "EncodingType"
        }
    }

    /// An upload in parts that has begun.
    struct Upload: Decodable {
        let id: String

        enum CodingKeys: String, CodingKey { case id = "UploadId" }
    }

    /// An upload in parts that is complete.
    struct Completion: Decodable {
        let etag: String?

        enum CodingKeys: String, CodingKey { case etag = "ETag" }
    }

    private struct Failure: Decodable {
        let code: String
        let region: String?

        enum CodingKeys: String, CodingKey {
            case code = "Code"
            case region = "Region"
        }
    }

    /// - Throws: `DecodingError`.
    static func decode<Message: Decodable>(_ type: Message.Type, from body: Data) throws -> Message {
        try XMLDecoder().decode(type, from: PlainXML.root(of: body))
    }

    /// The code of an error, and the region that it names. Servers' other texts are not taken over: they may repeat what
    /// they were sent.
    static func failure(_ body: Data) -> (code: String, region: String?)? {
        guard body.count <= 64 << 10, let failure = try? decode(Failure.self, from: body),
            failure.code.wholeMatch(of: /[A-Za-z0-9.]{1,64}/) != nil
        else { return nil }
        return (failure.code, failure.region.flatMap { $0.wholeMatch(of: /[a-z0-9-]{1,64}/) == nil ? nil : $0 })
    }

    /// Interprets an answer that is no success.
    static func kind(status: Int, body: Data) -> ObjectStorageError.Kind {
        let failure = failure(body), code = failure?.code
        switch (code, status) {
        case ("NoSuchBucket", _): return .noSuchBucket
        case ("NoSuchKey", _): return .noSuchKey
        case ("PermanentRedirect", _), ("TemporaryRedirect", _), ("AuthorizationHeaderMalformed", _),
            ("IllegalLocationConstraintException", _), (_, 300...399):
            return .otherRegion(failure?.region)
        case ("InvalidAccessKeyId", _), ("SignatureDoesNotMatch", _), ("InvalidToken", _), ("ExpiredToken", _),
            ("RequestTimeTooSkewed", _), (_, 401), (_, 403):
            return .refused(code: code)
        case ("SlowDown", _), ("InternalError", _), ("RequestTimeout", _), (_, 408), (_, 429), (_, 500...599):
            return .busy(status: status)
        case (nil, 404): return .noSuchKey
        case (nil, 200...299): return .unreadable
        default: return .other(code: code, status: status)
        }
    }

    /// Undoes `encoding-type=url`, in which blanks are `+`.
    static func key(_ encoded: String, isEncoded: Bool) -> String? {
        guard isEncoded else { return encoded }
        return encoded.replacing("+", with: "%20").removingPercentEncoding
    }
}
