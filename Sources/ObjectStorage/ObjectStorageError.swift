/// Why objects could not be listed, read or written. Never holds credentials, nor texts of a server.
public struct ObjectStorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Kind: Hashable, Sendable {
        /// The environment has no credentials.
        case noCredentials
        /// A variable of the environment makes no sense. The text says which, and what it should be.
        case configuration(String)
        /// Not an address of an object.
        case address(ObjectAddress.Problem)
        /// The server refuses the credentials, or what they are used for; its own code, if it names one.
        case refused(code: String?)
        case noSuchBucket, noSuchKey
        /// The bucket is in another region; which, if the server says.
        case otherRegion(String?)
        /// The server is overloaded or failed, at every try.
        case busy(status: Int)
        /// No answer, at every try. A clause says why.
        case unreachable(String)
        /// The server's certificate is not trusted.
        case untrustedCertificate
        /// The object was replaced while it was read.
        case changed
        /// The answer is not as S3's are, or larger than any of them.
        case unreadable
        /// Another error: the server's own code, if it names one, and the HTTP status.
        case other(code: String?, status: Int)
        /// The local file cannot be read, or is larger than an object can be. A clause says why.
        case file(String)
    }

    /// The kind of failure.
    public let kind: Kind
    /// What it is about: an address, a path, or `s3`.
    public let place: String

    /// See the properties of the same names.
    public init(_ kind: Kind, _ place: String) { (self.kind, self.place) = (kind, place) }

    /// One sentence: what happened, where, and what helps.
    public var description: String { "\(place): \(reason)." }

    private var reason: String {
        switch kind {
        case .noCredentials:
            "there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN if they are temporary"
        case .configuration(let text): text
        case .address(let problem): "\(problem)"
        case .refused(let code):
            "the storage refuses the credentials of AWS_ACCESS_KEY_ID, or what they are used for\(named(code))"
        case .noSuchBucket: "there is no such bucket"
        case .noSuchKey: "there is no object with this key"
        case .otherRegion(let region):
            "the bucket is in another region; set AWS_REGION\(region.map { " to \($0)" } ?? "")"
        case .busy(let status): "the storage is overloaded or failed, at every try (HTTP \(status))"
        case .unreachable(let text): "the storage cannot be reached: \(text)"
        case .untrustedCertificate: "the storage's certificate is not trusted"
        case .changed: "the object was replaced while it was read"
        case .unreadable: "the storage's answer is not one of S3"
        case .other(let code, let status): "the storage answers with HTTP \(status)\(named(code))"
        case .file(let text): text
        }
    }

    private func named(_ code: String?) -> String { code.map { " (\($0))" } ?? "" }
}
