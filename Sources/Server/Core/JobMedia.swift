import Foundation
import FrameSampling
import ObjectStorage

/// A bucket for the files of jobs, so that every process that shares the store can read them.
public struct JobMedia: Sendable {
    private let storage: ObjectStorage
    private let prefix: ObjectAddress

    /// - Parameter prefix: Where the files go. It has to be a prefix; see `ObjectAddress.isPrefix`.
    public init(_ storage: ObjectStorage, under prefix: ObjectAddress) {
        self.storage = storage
        self.prefix = prefix
    }

    /// Names it among the places of jobs.
    var place: String { prefix.description }

    /// Copies a file into the bucket.
    /// - Parameter media: The job's medium.
    /// - Returns: Where it is, for the job's order.
    /// - Throws: `ObjectStorageError`, or `ObjectAddress.Problem`.
    func store(_ path: String, as media: String) async throws -> String {
        let address = try ObjectAddress(bucket: prefix.bucket, key: prefix.key + media)
        try await storage.put(path, to: address)
        return address.description
    }

    /// The input of a job.
    /// - Parameter object: What `store` returned.
    /// - Throws: `ObjectAddress.Problem`.
    func input(_ object: String) throws -> VideoInput {
        let (url, signing) = storage.signedURL(of: try ObjectAddress(object))
        return .signed(SignedAddress(name: object, url: url, signing: signing))
    }

    /// Removes a file.
    /// - Throws: `ObjectStorageError`, or `ObjectAddress.Problem`.
    func remove(_ object: String) async throws { try await storage.delete(try ObjectAddress(object)) }
}
