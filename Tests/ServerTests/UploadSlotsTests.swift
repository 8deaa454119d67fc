import Foundation
import FrameSampling
import Runtime
import TestSupport
import Testing

@testable import Server

/// Files that nobody asks for any more.
@Suite struct UploadSlotsTests {
    private static let now = 1e9

    private func withPlaces(_ body: (UploadSlots, URL) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let disk = BlockingThreads(count: 1, name: "test disk")
        defer { disk.close() }
        let places = UploadSlots(
            folder: folder.url, disk: disk, clock: TimeSource(wall: { Self.now }))
        try await body(places, folder.url)
    }

    private func make(_ name: String, age: Double, in folder: URL) throws {
        let path = folder.appending(path: name).path
        try Data("x".utf8).write(to: URL(filePath: path))
        let written = Date(timeIntervalSince1970: Self.now - age)
        try FileManager.default.setAttributes([.modificationDate: written], ofItemAtPath: path)
    }

    private func names(in folder: URL) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder.path))
    }

    @Test func `a file that no job has is removed after an hour`() async throws {
        try await withPlaces { places, folder in
            for (name, age) in [("over.job", 3601.0), ("young.job", 3599), ("running.job", 1e6), ("sent-ahead", 1e6)] {
                try make(name, age: age, in: folder)
            }
            await places.removeOrphans(besides: [folder.appending(path: "running.job").path])
            #expect(try names(in: folder) == ["young.job", "running.job", "sent-ahead"])
        }
    }

    @Test func `a refused job's own file is removed, and one that was sent ahead waits again`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let disk = BlockingThreads(count: 1, name: "test disk")
        defer { disk.close() }
        let uploads = folder.url.appending(path: "a.b")
        let slots = UploadSlots(folder: uploads, disk: disk, clock: .system)
        let upload = Upload(name: nil, size: 1, storage: .memory([1]))
        let own = try await slots.store(upload, as: "med_1.job")
        _ = try await slots.store(upload, as: "med_2.6b")
        let sentAhead = try slots.take("med_2", key: "k")
        for path in [own, sentAhead] { await slots.giveBack(.file(path)) }
        #expect(try names(in: uploads) == ["med_2.6b"])
    }

    @Test func `a file that was sent ahead is removed when its job has not come for a day`() async throws {
        try await withPlaces { places, folder in
            for (name, age) in [("forgotten", 86_401.0), ("sent-ahead", 86_399), ("running.job", 1e6)] {
                try make(name, age: age, in: folder)
            }
            _ = try await places.make(key: "k")
            #expect(try names(in: folder) == ["sent-ahead", "running.job"])
        }
    }
}
