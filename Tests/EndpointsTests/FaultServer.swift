import Foundation
import TestSupport

/// `fault-server.py`, running: a service that fails as it is told.
final class FaultServer {
    let port: Int
    private let process = Process()
    private let input = Pipe(), output = Pipe()
    private let folder: TemporaryFolder

    struct Behaviour: Encodable {
        var kind = "answer"
        var status = 200
        var headers: [String: String] = [:]
        var body = ""
        var times = 1
        /// It answers after `release()`.
        var isHeld = false
    }

    /// - Parameter certificate: Files of a certificate and its key, for TLS.
    init(_ script: [Behaviour], certificate: (String, String)? = nil) throws {
        folder = try TemporaryFolder()
        let file = folder.url.appending(path: "script.json")
        try JSONEncoder().encode(script).write(to: file)
        process.executableURL = URL(filePath: "/usr/bin/env")
        let program = Fixtures.program("Endpoints/fault-server.py")
        process.arguments = ["python3", "-u", program, file.path] + (certificate.map { [$0.0, $0.1] } ?? [])
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte.first != 0x0A, !byte.isEmpty {
            line += byte
        }
        port = Int(String(decoding: line, as: UTF8.self)) ?? 0
    }

    /// Lets what is held answer.
    func release() { try? input.fileHandleForWriting.write(contentsOf: Data("\n".utf8)) }

    /// Ends it and returns the paths that were asked for.
    func stop() -> [String] {
        kill(process.processIdentifier, SIGKILL)
        let text = String(decoding: (try? output.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
        folder.remove()
        struct Request: Decodable { var path: String }
        return text.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Request.self, from: Data($0.utf8)).path
        }
    }
}

extension FaultServer.Behaviour {
    /// PicPurify's answer about a picture, as its documentation prints it, for one task; billed as one unit.
    static func picPurify(isPorn: Bool) -> Self {
        let decision = isPorn ? "KO" : "OK"
        return Self(
            body: """
                {"status":"success","porn_moderation":{"porn_content":\(isPorn),"compute_time":0.1,
                "confidence_score":0.99},"final_decision":"\(decision)","media":{"media_id":"a"},"units_consumed":1}
                """)
    }

    /// PicPurify's answer about a video, as its documentation prints it: two pictures.
    static func picPurifyVideo() throws -> Self {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let sample = tests.appending(path: "WireTests/Samples/picpurify-video.json")
        return Self(body: try String(contentsOf: sample, encoding: .utf8))
    }
}
