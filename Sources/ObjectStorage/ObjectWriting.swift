import Digests
import Foundation
import HTTPTransport
import Runtime

extension ObjectStorage {
    /// The most parts of an upload.
    private static let maxParts = 10_000
    /// The largest object, in bytes.
    private static let maxSize = 5 << 40

    /// Writes a file to an object, which is there as a whole or not at all. Files larger than a part are sent in parts,
    /// one after another; an upload that fails is ended, so that its parts take no room. Every request has the SHA-256 of
    /// what it carries, which the storage compares.
    /// - Parameters:
    ///   - path: A file that does not change meanwhile.
    ///   - contentType: Default `application/octet-stream`.
    /// - Returns: The object's ETag, if the storage says.
    /// - Throws: `ObjectStorageError`, or `CancellationError`.
    @discardableResult
    public func put(
        _ path: String, to address: ObjectAddress, contentType: String = "application/octet-stream"
    ) async throws -> String? {
        guard !address.isPrefix else { throw ObjectStorageError(.noSuchKey, "\(address)") }
        let size = try self.size(of: path)
        guard size > rules.partSize else {
            var call = request("PUT", address)
            call.headers.append(("Content-Type", contentType))
            return try await send(file: path, 0..<size, in: call, to: address)
        }
        return try await putInParts(path, size, address, contentType)
    }

    private func size(of path: String) throws -> Int {
        let attributes: [FileAttributeKey: Any]
        do {
            attributes = try FileManager.default.attributesOfItem(atPath: path)
        } catch {
            throw ObjectStorageError(.file("there is no file that can be read"), path)
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular, let size = attributes[.size] as? Int else {
            throw ObjectStorageError(.file("this is not a file"), path)
        }
        guard size <= Self.maxSize else { throw ObjectStorageError(.file("an object has at most 5 TiB"), path) }
        return size
    }

    /// Sends a range of a file.
    /// - Returns: The ETag of what was sent.
    private func send(
        file path: String, _ range: Range<Int>, in call: HTTPClientRequest, to address: ObjectAddress
    ) async throws -> String? {
        let digest: Digest
        do {
            digest = try await threads.run { try Digest(.sha256, ofFile: path, range) }
        } catch {
            throw ObjectStorageError(.file("it cannot be read"), path)
        }
        var call = call
        if range.isEmpty { call.body = Data() } else { (call.bodyPath, call.bodyRange) = (path, range) }
        call.headers.append(("x-amz-content-sha256", digest.hexadecimal))
        call.wantedHeaders = ["ETag"]
        return try await send(call, about: address).headers["ETag"]
    }

    // MARK: Parts

    private func putInParts(
        _ path: String, _ size: Int, _ address: ObjectAddress, _ contentType: String
    ) async throws -> String? {
        var call = request("POST", address, query: [("uploads", "")])
        call.headers = [("Content-Type", contentType)]
        let answer = try await send(call, about: address)
        guard let upload = try? ObjectStorageAnswer.decode(ObjectStorageAnswer.Upload.self, from: answer.body).id,
            (1...2048).contains(upload.utf8.count)
        else { throw ObjectStorageError(.unreadable, "\(address)") }
        do {
            let parts = try await sendParts(path, size, address, upload)
            return try await complete(parts, address, upload)
        } catch {
            // Not of this task, which may be cancelled.
            let abort = request("DELETE", address, query: [("uploadId", upload)])
            await Task { _ = try? await send(abort, about: address) }.value
            throw error
        }
    }

    private func sendParts(
        _ path: String, _ size: Int, _ address: ObjectAddress, _ upload: String
    ) async throws -> [String] {
        let partSize = max(rules.partSize, (size + Self.maxParts - 1) / Self.maxParts)
        var etags: [String] = []
        for begin in stride(from: 0, to: size, by: partSize) {
            let query = [(name: "partNumber", value: "\(etags.count + 1)"), ("uploadId", upload)]
            let etag = try await send(
                file: path, begin..<min(size, begin + partSize), in: request("PUT", address, query: query), to: address)
            guard let etag, etag.wholeMatch(of: /"?[A-Za-z0-9+\/=._-]{1,256}"?/) != nil else {
                throw ObjectStorageError(.unreadable, "\(address)")
            }
            etags.append(etag)
        }
        return etags
    }

    private func complete(_ etags: [String], _ address: ObjectAddress, _ upload: String) async throws -> String? {
        let parts = etags.enumerated().map { index, etag in
            "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(etag.replacing("\"", with: "&quot;"))</ETag></Part>"
        }
        let body = Data("<CompleteMultipartUpload>\(parts.joined())</CompleteMultipartUpload>".utf8)
        var call = request("POST", address, query: [("uploadId", upload)])
        call.body = body
        call.headers = [
            ("Content-Type", "application/xml"), ("x-amz-content-sha256", Digest(.sha256, of: body).hexadecimal),
        ]
        let answer = try await send(call, about: address)
        guard let done = try? ObjectStorageAnswer.decode(ObjectStorageAnswer.Completion.self, from: answer.body) else {
            throw ObjectStorageError(.unreadable, "\(address)")
        }
        return done.etag
    }
}
