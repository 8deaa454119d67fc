import Foundation
import Testing

@testable import Forms

/// What a body holds, however it is cut.
private func parse(_ body: String, boundary: String = "B", piece: Int = .max) throws -> [String: String] {
    var parser = try MultipartParser(contentType: "multipart/form-data; boundary=\(boundary)", maxParts: 256)
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
            "\r\n--a b  \r\nContent-Disposition: form-data; name=x; filename*=UTF-8'fr'%C3%A0.jpg\r\n\r\n1\r\n--a b--"
        for piece in [1, 2, 3, Int.max] {
            #expect(try parse(body, boundary: "\"a b\"", piece: piece) == ["x|à.jpg": "1"])
        }
    }

    @Test func `what is malformed is said to be`() {
        func problem(_ body: String, _ boundary: String = "B") -> FormProblem? {
            do {
                _ = try parse(body, boundary: boundary)
                return nil
            } catch { return error as? FormProblem }
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

    @Test func `more parts than may be are refused when the first of them begins`() throws {
        let part = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
        func read(_ count: Int) throws -> Int {
            var parser = try MultipartParser(contentType: "multipart/form-data; boundary=B", maxParts: 256)
            let body = Array(String(repeating: part, count: count).utf8)
            return try body.withUnsafeBytes { try parser.feed($0) }.count { $0 == .ended }
        }
        #expect(try read(256) == 255)
        #expect(throws: FormProblem.tooManyFields) { try read(257) }
    }

    @Test(arguments: [1, 7, 4096, Int.max])
    func `headers are as long as they may be, however they are cut`(_ piece: Int) throws {
        func headers(_ length: Int) -> String {
            let disposition = "Content-Disposition: form-data; name=a\r\nX: "
            let rest = String(repeating: "x", count: length - disposition.utf8.count)
            return "--B\r\n" + disposition + rest + "\r\n\r\n1\r\n--B--"
        }
        #expect(try parse(headers(16 * 1024), piece: piece) == ["a": "1"])
        #expect(throws: FormProblem.headersTooLong) { try parse(headers(16 * 1024 + 1), piece: piece) }
        let blanks = String(repeating: " ", count: 1024)
        let part = "\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--B--"
        #expect(try parse("--B" + blanks + part, piece: piece) == ["a": "1"])
        #expect(throws: FormProblem.headersTooLong) { try parse("--B " + blanks + part, piece: piece) }
    }

    private static let boundary = String(repeating: "B", count: 70)
    private static let head = "--\(boundary)\r\nContent-Disposition: form-data; name=a\r\n\r\n"

    private static let longHead =
        head.dropLast(2) + "X: " + String(repeating: "x", count: 16_000) + "\r\n\r\n"

    @Test(
        "work grows as the body does, whatever is in it",
        arguments: [
            " ", "\r", "\r\n", "\r\n--", "\r\n--\(boundary.dropLast())", "x", "\r\n" + head, "\r\n" + longHead,
        ])
    func growth(_ filling: String) throws {
        let (boundary, head) = (Self.boundary, Self.head)
        for piece in [512, 4096, 65536] {
            var parser = try MultipartParser(contentType: "multipart/form-data; boundary=\(boundary)", maxParts: .max)
            var body = Array((head + String(repeating: filling, count: (1 << 20) / filling.utf8.count)).utf8)[...]
            let size = body.count
            while !body.isEmpty {
                _ = try body.prefix(piece).withUnsafeBytes { try parser.feed($0) }
                body = body.dropFirst(piece)
            }
            // Once taken in, once looked through, and a boundary's length again a piece.
            #expect(parser.work < size * 5 / 2, "\(parser.work) for \(size) in pieces of \(piece)")
        }
    }
}
