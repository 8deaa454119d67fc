import Foundation
import HTTPTransport
import ObjectStorage
import Runtime
import Synchronization
import TestSupport

/// Waits that are over at once, and are noted.
final class Waits: Sendable {
    let all = Mutex<[Duration]>([])
    var clock: TimeSource {
        TimeSource(sleep: { wait in self.all.withLock { $0.append(wait) } }, random: { 1 })
    }
}

/// A storage whose server has these variables; nothing waits between attempts.
func storage(
    _ environment: [String: String], waits: Waits = Waits(), partSize: Int? = nil
) throws -> ObjectStorage {
    var rules = ObjectStorage.Rules()
    rules.partSize = partSize ?? rules.partSize
    return try ObjectStorage(
        ObjectStorageSettings(environment: environment), userAgent: "test", rules: rules, clock: waits.clock)
}

/// A storage that is a `FaultServer`.
func storage(_ server: FaultServer, waits: Waits = Waits()) throws -> ObjectStorage {
    try storage(
        ["AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": server.address],
        waits: waits)
}

/// Bytes that differ wherever one looks.
func bytes(_ count: Int) -> Data { Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }) }

/// What is read of an object.
func read(_ storage: ObjectStorage, _ address: ObjectAddress, range: Range<Int>? = nil) async throws -> Data {
    let found = Collected()
    let count = try await storage.get(address, range: range) { bytes in found.data.withLock { $0 += bytes } }
    let data = found.data.withLock { $0 }
    guard count == data.count else { throw StorageServer.Problem(text: "\(count) bytes told of, \(data.count) given") }
    return data
}

private final class Collected: Sendable {
    let data = Mutex(Data())
}

func kind(_ body: () async throws -> some Any) async -> ObjectStorageError.Kind? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? ObjectStorageError)?.kind
    }
}
