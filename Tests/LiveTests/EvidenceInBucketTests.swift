import Foundation
import TestSupport
import Testing

/// Evidence of live streams in a bucket: see `evidence-bucket.py`.
@Suite(.timeLimit(.minutes(5))) struct EvidenceInBucketTests {
    private static let cases = [
        "pictures and clips of hits are objects, as the events say, and the oldest goes",
        "what the bucket does not take while it is away is stored when it is back",
        "what is not stored at the end is counted, and nothing is left in the temporary folder",
    ]
    private static let report = Task {
        try await onThread {
            try CaseReport(
                cases, of: "Live/evidence-bucket.py",
                [ServerProgram.path, Fixtures.folder.appending(path: "live/show.mp4").path], in: "objectstorage")
        }
    }

    @Test(arguments: cases) func `evidence goes to a bucket`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }
}
