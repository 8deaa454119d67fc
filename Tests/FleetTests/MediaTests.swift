import TestSupport
import Testing

/// Uploads that go through object storage: see `media.py`.
@Suite(.timeLimit(.minutes(5))) struct MediaTests {
    private static let cases = [
        "an upload waits in the bucket, and not on the server",
        "a worker of another machine judges it, and then it is gone",
        "a bucket that is not there refuses the upload, in the API's words",
        "a connection that breaks off once is not noticed",
        "a video whose bucket goes away is put off, and comes to the same once it is back",
        "a job whose bucket stays away fails, and says why",
    ]
    private static let report = Task {
        try await onThread {
            try CaseReport(
                cases, of: "Fleet/media.py", [ServerProgram.path, Fixtures.sample("qr.mp4")], in: "objectstorage")
        }
    }

    @Test(arguments: cases) func `files of jobs are shared through a bucket`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }
}
