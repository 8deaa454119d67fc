import Foundation
import TestSupport
import Testing

/// An evaluation as a browser shows it.
@Suite struct EvaluationPageTests {
    private static let script = Fixtures.program("Pages/evaluation.py")

    @Test func `whoever evaluates sees rates, curves and mistakes, veiled, whatever the files are called`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        for (label, codes, others) in [("positive", 5, 2), ("negative", 1, 6)] {
            let path = folder.url.appending(path: label).path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for number in 0..<codes {
                let name = "\(path)/<b>code\(number)&.png"
                let drawn = try run("qrencode", ["-s", "6", "-o", name, "\(label) \(number)"])
                #expect(drawn.status == 0, "\(drawn.errors)")
            }
            let drawn = try run(
                "ffmpeg",
                [
                    "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=240x180:r=1", "-frames:v", "\(others)",
                    "\(path)/<i>\"none\"%d.png",
                ])
            #expect(drawn.status == 0, "\(drawn.errors)")
        }
        try Data("no picture".utf8).write(to: folder.url.appending(path: "negative/<i>broken.png"))
        let evaluated = try run(
            ServerProgram.path,
            ["evaluate", ".", "--task", "qr", "--format", "html,json", "-o", "out", "--quiet"], folder: folder.url)
        #expect(evaluated.status == 2, "\(evaluated.errors)")
        let out = folder.url.appending(path: "out")
        let seen = try run(
            "python3", [Self.script, out.appending(path: "report.html").path, out.appending(path: "report.json").path])
        #expect(seen.status == 0, "\(seen.errors)")
    }
}
