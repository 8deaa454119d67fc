import Base
import Foundation
import HTTPTransport

/// Where the storage is, and who asks.
public struct ObjectStorageSettings: Sendable {
    /// How a bucket is named in a URL.
    public enum Style: String, Hashable, Sendable, CaseIterable {
        /// `https://host/bucket/key`
        case path
        /// `https://bucket.host/key`
        case virtual
    }

    /// Scheme, host and port, without a slash at the end.
    let endpoint: String
    let style: Style
    /// The credentials.
    let signing: RequestSigning

    /// Reads the environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`; `AWS_REGION` or
    /// `AWS_DEFAULT_REGION`, which may be missing with an endpoint; `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` for other
    /// storage than Amazon's; `FRAMESIFT_S3_STYLE`, `path` or `virtual`, by default `path` with an endpoint. Empty
    /// variables count as missing.
    /// - Throws: `ObjectStorageError` of the kinds `noCredentials` and `configuration`.
    public init(environment: [String: String]) throws {
        let value = { (names: [String]) in names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty } }
        guard let accessKey = value(["AWS_ACCESS_KEY_ID"]), let secretKey = value(["AWS_SECRET_ACCESS_KEY"]) else {
            throw ObjectStorageError(.noCredentials, "s3")
        }
        let token = value(["AWS_SESSION_TOKEN"])
        for (name, text) in [
            ("AWS_ACCESS_KEY_ID", accessKey), ("AWS_SECRET_ACCESS_KEY", secretKey), ("AWS_SESSION_TOKEN", token ?? ""),
        ] where !text.utf8.allSatisfy({ (33...126).contains($0) }) {
            throw Self.problem("\(name) has blanks, or characters that are not ASCII")
        }
        let given = value(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
        let region = try Self.region(value(["AWS_REGION", "AWS_DEFAULT_REGION"]), hasEndpoint: given != nil)
        endpoint = try given.map(Self.endpoint) ?? Self.amazon(region)
        style = try value(["FRAMESIFT_S3_STYLE"]).map(Self.style) ?? (given == nil ? .virtual : .path)
        signing = try RequestSigning(
            accessKey: accessKey, secretKey: secretKey, sessionToken: token, region: region, service: "s3")
    }

    private static func problem(_ text: String) -> ObjectStorageError { ObjectStorageError(.configuration(text), "s3") }

    private static func region(_ text: String?, hasEndpoint: Bool) throws -> String {
        guard let text else {
            if hasEndpoint { return "us-east-1" }
            throw problem("set AWS_REGION to the bucket's region, or AWS_ENDPOINT_URL to the address of the storage")
        }
        // libcurl takes no more.
        let isRegion = text.utf8.count <= 64 && text.wholeMatch(of: /[A-Za-z0-9-]+/) != nil
        guard isRegion else { throw problem("AWS_REGION is not the name of a region, such as eu-central-1") }
        return text
    }

    private static func amazon(_ region: String) -> String {
        "https://s3.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
    }

    private static func endpoint(_ text: String) throws -> String {
        guard let parts = WebAddress.components(text), let scheme = parts.scheme?.lowercased(),
            let host = parts.percentEncodedHost, ["", "/"].contains(parts.percentEncodedPath), parts.user == nil,
            parts.password == nil, parts.query == nil, parts.fragment == nil
        else {
            throw problem("AWS_ENDPOINT_URL is not http(s)://HOST or http(s)://HOST:PORT")
        }
        return "\(scheme)://\(host)\(parts.port.map { ":\($0)" } ?? "")"
    }

    private static func style(_ text: String) throws -> Style {
        guard let style = Style(rawValue: text) else { throw problem("FRAMESIFT_S3_STYLE is not path or virtual") }
        return style
    }
}
