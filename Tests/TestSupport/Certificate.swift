import Foundation

/// A certificate for `localhost` that nobody has signed.
public struct Certificate: Sendable {
    /// Files.
    public let path, key: String

    public init(in folder: TemporaryFolder) throws {
        path = folder.url.appending(path: "certificate.pem").path
        key = folder.url.appending(path: "key.pem").path
        try run(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost", "-keyout", key, "-out", path,
            ]
        ).ending()
    }
}
