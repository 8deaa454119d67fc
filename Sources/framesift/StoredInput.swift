import ArgumentParser
import Foundation
import FrameSampling
import ObjectStorage

extension VideoInput {
    /// What a user typed, and what `named` makes of it.
    static let kinds = "only files, and addresses that begin with http://, https:// or s3://, can be read"

    /// Whether what a user typed is on another machine.
    static func isAddress(_ text: String) -> Bool { ObjectAddress.isMeant(by: text) || VideoInput(text).isAddress }

    /// Whether a text can be an input; for the validation of arguments.
    /// - Parameter maySumUp: Whether it may stand for several, as a prefix of object storage does. Default false.
    /// - Throws: `ValidationError`.
    static func validate(_ text: String, maySumUp: Bool = false) throws {
        if ObjectAddress.isMeant(by: text) {
            do {
                let address = try ObjectAddress(text)
                if address.isPrefix, !maySumUp {
                    throw ValidationError("\(address): name one object; this is a prefix.")
                }
            } catch let problem as ObjectAddress.Problem {
                throw ValidationError("\(text): \(problem).")
            }
        } else if text.contains("://"), case .path = VideoInput(text) {
            throw ValidationError("\(VideoInput(text).name): \(kinds).")
        }
    }

    /// Interprets what a user typed, as `init(_:)` does, and `s3://bucket/key` as an object of the storage that the
    /// environment names. Asks that storage whether the object is there, so that what is wrong is said in its words.
    /// - Throws: `ObjectStorageError`, or `CancellationError`.
    static func named(_ text: String) async throws -> VideoInput {
        guard ObjectAddress.isMeant(by: text) else { return VideoInput(text) }
        let address = try ObjectAddress(text)
        let storage = try ObjectStorage.standard()
        let head = try await storage.head(address)
        if head.size == 0 { throw CommandError(.badInput, "\(address): the object is empty.") }
        let (url, signing) = storage.signedURL(of: address)
        return .signed(SignedAddress(name: "\(address)", url: url, signing: signing))
    }
}

extension ObjectStorage {
    /// The storage that the environment names.
    /// - Throws: `ObjectStorageError`.
    static func standard() throws -> ObjectStorage {
        try ObjectStorage(
            ObjectStorageSettings(environment: ProcessInfo.processInfo.environment), userAgent: Framesift.userAgent)
    }
}

extension ObjectStorageError {
    /// The exit code of a command that it ended.
    var exitCode: ExitCode {
        switch kind {
        case .noCredentials, .refused: .credentials
        case .configuration, .address: .usage
        case .noSuchBucket, .noSuchKey, .otherRegion, .changed, .other: .badInput
        case .busy, .unreachable, .untrustedCertificate, .unreadable, .file: .ioError
        }
    }
}
