import CHTTP

/// Credentials to sign requests with: AWS Signature Version 4, made by libcurl. What it holds cannot be read or printed.
///
/// `@unchecked Sendable`: the C object never changes, and its owners are counted.
public final class RequestSigning: @unchecked Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// Borrowed: lives as long as this object.
    package let handle: OpaquePointer

    /// Everything is copied. No text may contain line breaks.
    /// - Parameters:
    ///   - accessKey: The name of the key.
    ///   - secretKey: The key.
    ///   - sessionToken: Of temporary credentials; `nil` for others.
    ///   - region: Such as `us-east-1`; at most 64 bytes, without colons.
    ///   - service: Such as `s3`; likewise.
    /// - Throws: `HTTPClient.OutOfResources`.
    public init(accessKey: String, secretKey: String, sessionToken: String?, region: String, service: String) throws {
        let made =
            sessionToken.map { chttp_signing_create(accessKey, secretKey, $0, region, service) }
            ?? chttp_signing_create(accessKey, secretKey, nil, region, service)
        guard let made else { throw HTTPClient.OutOfResources() }
        handle = made
    }

    deinit { chttp_signing_release(handle) }

    /// Says nothing of the credentials.
    public var description: String { "credentials" }
    /// Empty, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The same object; equal credentials of two objects are not compared.
    public static func == (one: RequestSigning, other: RequestSigning) -> Bool { one === other }
    /// By identity.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
