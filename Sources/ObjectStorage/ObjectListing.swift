import Foundation
import HTTPTransport

/// An object of a list.
public struct StoredObject: Hashable, Sendable {
    /// Where it is.
    public let address: ObjectAddress
    /// In bytes.
    public let size: Int
    /// Changes with the content. Quoted, as the storage has it.
    public let etag: String?
    /// As the storage writes it: ISO 8601.
    public let modified: String?
}

/// The objects under a prefix, in the storage's order. Holds one page at a time.
public struct ObjectListing: AsyncSequence, Sendable {
    public typealias Element = StoredObject

    let storage: ObjectStorage
    let prefix: ObjectAddress
    let pageSize: Int

    /// Begins with the first page.
    public func makeAsyncIterator() -> Iterator { Iterator(listing: self) }

    /// Fetches pages as they are needed.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        let listing: ObjectListing
        private var page: ArraySlice<StoredObject> = []
        private var token: String?
        private var hasMore = true
        private var emptyPages = 0

        init(listing: ObjectListing) { self.listing = listing }

        /// - Throws: `ObjectStorageError`, or `CancellationError`.
        public mutating func next() async throws -> StoredObject? {
            while page.isEmpty && hasMore { try await turn() }
            return page.popFirst()
        }

        private mutating func turn() async throws {
            // Pages may be empty, where all that was on them is deleted, but not for ever.
            emptyPages += 1
            guard emptyPages <= 1000 else { throw ObjectStorageError(.unreadable, "\(listing.prefix)") }
            let (objects, next) = try await listing.page(after: token)
            guard next == nil || next != token else { throw ObjectStorageError(.unreadable, "\(listing.prefix)") }
            (page, token, hasMore) = (objects[...], next, next != nil)
            if !objects.isEmpty { emptyPages = 0 }
        }
    }

    private func page(after token: String?) async throws -> (objects: [StoredObject], next: String?) {
        var query = [
            (name: "list-type", value: "2"), ("encoding-type", "url"), ("max-keys", "\(pageSize)"),
            ("prefix", prefix.key),
        ]
        if let token { query.append(("continuation-token", token)) }
        var call = storage.request("GET", prefix, query: query, ofBucket: true)
        // 1000 keys of 1024 bytes, each byte escaped, and what stands around them.
        call.maxAnswer = 8 << 20
        let answer = try await storage.send(call, about: prefix)
        guard let page = try? ObjectStorageAnswer.decode(ObjectStorageAnswer.Page.self, from: answer.body),
            let objects = objects(of: page)
        else { throw ObjectStorageError(.unreadable, "\(prefix)") }
        guard page.isTruncated == true else { return (objects, nil) }
        guard let next = page.nextToken, !next.isEmpty, next.utf8.count <= 4096 else {
            throw ObjectStorageError(.unreadable, "\(prefix)")
        }
        return (objects, next)
    }

    /// `nil` where a key is not under the prefix, or no key at all.
    private func objects(of page: ObjectStorageAnswer.Page) -> [StoredObject]? {
        var found: [StoredObject] = []
        for entry in page.entries ?? [] {
            guard let key = ObjectStorageAnswer.key(entry.key, isEncoded: page.encoding == "url"),
                prefix.covers(key), entry.size >= 0, let address = try? ObjectAddress(bucket: prefix.bucket, key: key)
            else { return nil }
            if address.isPrefix { continue }
            found.append(
                StoredObject(address: address, size: entry.size, etag: entry.etag, modified: entry.lastModified))
        }
        return found
    }
}

extension ObjectStorage {
    /// Lists the objects whose keys begin with a prefix, in the storage's order, which is that of the keys' bytes for most.
    /// Markers of folders, whose keys end with `/`, are left out. Nothing is fetched before the sequence is iterated; the
    /// iteration throws `ObjectStorageError` or `CancellationError`.
    /// - Parameters:
    ///   - prefix: Any address; its key is the prefix.
    ///   - pageSize: The most keys to ask for at once, up to 1000. Default 1000.
    public func list(_ prefix: ObjectAddress, pageSize: Int = 1000) -> ObjectListing {
        ObjectListing(storage: self, prefix: prefix, pageSize: pageSize)
    }
}
