import Foundation
import TestSupport
import Testing

/// An evaluation as a browser shows it.
@Suite struct EvaluationPageTests {
    private static let cases = [
        "rates stand beside their thresholds, with their bounds", "curves are drawn, with what was wished on them",
        "mistakes are shown by name", "pictures are veiled until they are clicked, and again after that",
        "what could not be judged is listed", "names are nothing but text",
        "the page has no serious faults, and fits a phone",
    ]
    private static let report = Task { try await onThread { try look() } }

    @Test(arguments: cases) func `whoever evaluates sees`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }

    private static func look() throws -> CaseReport {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        for (label, codes, others) in [("positive", 5, 2), ("negative", 1, 6)] {
            let path = folder.url.appending(path: label).path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for number in 0..<codes {
                let name = "\(path)/<b>code\(number)&.png"
                try run("qrencode", ["-s", "6", "-o", name, "\(label) \(number)"]).ending()
            }
            try run(
                "ffmpeg",
                [
                    "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=240x180:r=1", "-frames:v", "\(others)",
                    "\(path)/<i>\"none\"%d.png",
                ]
            ).ending()
        }
        try Data("no picture".utf8).write(to: folder.url.appending(path: "negative/<i>broken.png"))
        try run(
            ServerProgram.path,
            ["evaluate", ".", "--task", "qr", "--format", "html,json", "-o", "out", "--quiet"], folder: folder.url
        ).ending(with: 2)
        let out = folder.url.appending(path: "out")
        return try CaseReport(
            cases, of: "Pages/evaluation.py",
            [out.appending(path: "report.html").path, out.appending(path: "report.json").path])
    }
}
