import Foundation
import TestSupport
import Testing

/// A server and its workers in storms: see `storm.py`.
@Suite(.serialized, .timeLimit(.minutes(30))) struct StormTests {
    private static let fenced = "nobody writes about a job that is not its own"
    private static let taken = "the storm has taken jobs from workers"
    private static let cases = [
        "each video has one result, that of a calm day",
        "no picture of a stream is lost once it is stored, and none is stored twice", fenced,
        "each callback is delivered, in order, under one key", taken,
    ]

    private static let isLong = ProcessInfo.processInfo.environment["FRAMESIFT_LONG_TESTS"] != nil

    private func storm(
        seed: Int, videos: Int, streams: Int, blows: Int, environment: [String: String] = [:]
    ) async throws -> CaseReport {
        try await onThread {
            try CaseReport(
                Self.cases, of: "Fleet/storm.py",
                [ServerProgram.path, Fixtures.folder.path] + [seed, videos, streams, blows].map { "\($0)" },
                environment: environment, in: "objectstorage")
        }
    }

    @Test(arguments: isLong ? Array(1...6) : [1])
    func `workers that are killed, stopped and cut off lose nothing, and do nothing twice`(seed: Int) async throws {
        let report =
            Self.isLong
            ? try await storm(seed: seed, videos: 300, streams: 8, blows: 16)
            : try await storm(seed: seed, videos: 40, streams: 2, blows: 4)
        for name in Self.cases { try report.expect(name) }
    }

    @Test func `without fences a worker that stood still writes about jobs of others`() async throws {
        let report = try await storm(
            seed: 3, videos: 5, streams: 2, blows: 0, environment: ["FRAMESIFT_TEST_UNFENCED": "1"])
        // What became of the jobs is left to chance here; that some were taken says that there was a storm.
        try report.expect(Self.taken)
        #expect(throws: CaseReport.Problem.self) { try report.expect(Self.fenced) }
    }
}
