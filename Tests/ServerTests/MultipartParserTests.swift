import Foundation
import Testing

@testable import Server

/// What a body holds, however it is cut.
private func parse(_ body: String, boundary: String = "B", piece: Int = .max) throws -> [String: String] {
    var parser = try MultipartParser(contentType: "multipart/form-data; boundary=\(boundary)")
    var parts: [String: String] = [:]
    var current = ""
    var bytes: [UInt8] = []
    func take(_ events: [MultipartParser.Event]) {
        for event in events {
            switch event {
            case .began(let part): (current, bytes) = (part.name + (part.filename.map { "|" + $0 } ?? ""), [])
            case .bytes(let more): bytes += more
            case .ended: parts[current] = String(decoding: bytes, as: UTF8.self)
            }
        }
    }
    var rest = Array(body.utf8)[...]
    while !rest.isEmpty {
        let head = Array(rest.prefix(piece))
        rest = rest.dropFirst(piece == .max ? rest.count : piece)
        take(try head.withUnsafeBytes { try parser.feed($0) })
    }
    take(try parser.finish())
    return parts
}

private let whole = """
    --B\r
    Content-Disposition: form-data; name="task"\r
    \r
    porn_moderation\r
    --B\r
    Content-Disposition: form-data; name="file"; filename="a \\"b\\".jpg"\r
    Content-Type: image/jpeg\r
    \r
    \r\n--\r\n--C\r\n-B--\r\nbytes\r
    --B--\r

    """

@Suite struct MultipartParserTests {
    private static let expected = ["task": "porn_moderation", "file|a \"b\".jpg": "\r\n--\r\n--C\r\n-B--\r\nbytes"]

    @Test(arguments: 1...40) func `pieces of any size say the same`(_ piece: Int) throws {
        #expect(try parse(whole, piece: piece) == Self.expected)
    }

    @Test func `the closing delimiter may be missing`() throws {
        let open = whole.replacingOccurrences(of: "\r\n--B--\r\n", with: "")
        #expect(try parse(open) == Self.expected)
        #expect(try parse(open + "\r\n--B") == Self.expected)
    }

    @Test func `blanks after a boundary, quotes around it, a line before it, names in other alphabets`() throws {
        let body =
            "\r\n--a b  \r\nContent-Disposition: form-data; name=x; filename*=UTF-8''%C3%A0.jpg\r\n\r\n1\r\n--a b--"
        #expect(try parse(body, boundary: "\"a b\"") == ["x|à.jpg": "1"])
    }

    @Test func `what is malformed is said to be`() {
        func problem(_ body: String, _ boundary: String = "B") -> MultipartParser.Problem? {
            do {
                _ = try parse(body, boundary: boundary)
                return nil
            } catch { return error as? MultipartParser.Problem }
        }
        #expect(problem(whole) == nil)
        #expect(problem(whole, "") == .noBoundary)
        #expect(problem(whole, "other") == .noBoundary)
        #expect(problem("") == .noBoundary)
        #expect(problem("hello") == .noBoundary)
        #expect(problem("--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--") == .unnamedPart)
        #expect(problem("--B\r\n\r\n1\r\n--B--") == .unnamedPart)
        #expect(problem("--B\r\nContent-Disposition: form-data; name=\"a\"") == .unexpectedEnd)
        #expect(problem("--B\r\nX: " + String(repeating: "x", count: 20_000)) == .headersTooLong)
    }
}
