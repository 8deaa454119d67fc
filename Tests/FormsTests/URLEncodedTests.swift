import Testing

@testable import Forms

/// Bytes that count how often they are looked at.
private struct CountingBytes: BidirectionalCollection {
    final class Counter { var looks = 0 }
    let bytes: [UInt8]
    let counter = Counter()

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var startIndex: Int { 0 }
    var endIndex: Int { bytes.count }
    func index(after index: Int) -> Int { index + 1 }
    func index(before index: Int) -> Int { index - 1 }
    subscript(_ index: Int) -> UInt8 {
        counter.looks += 1
        return bytes[index]
    }
}

private func fields(_ text: String, limit: Int = 256) throws -> [String] {
    try URLEncoded.decode(Array(text.utf8), limit: limit).map { "\($0)=\($1)" }
}

@Suite struct URLEncodedTests {
    @Test(arguments: [
        ("a=1&b=2", ["a=1", "b=2"]), ("", []), ("&&", []), ("a", ["a="]), ("=", ["="]), ("=x&a==b", ["=x", "a==b"]),
        ("a=%C3%A0+%2B%26%3d", ["a=à +&="]), ("a+b=c", ["a b=c"]), ("a=%20%09x+y%0D%0A", ["a=x y"]),
        // What cannot be decoded stays as it is.
        ("a=100%", ["a=100%"]), ("a=%4", ["a=%4"]), ("a=%zz+b", ["a=%zz b"]), ("a=%FF", ["a=%FF"]),
        ("a=é%C3%A9", ["a=éé"]), ("a=%41%", ["a=%41%"]),
    ])
    func `names and values come decoded and in order`(_ text: String, _ expected: [String]) throws {
        #expect(try fields(text) == expected)
    }

    @Test func `more fields than may be are refused before they are decoded`() throws {
        #expect(try fields(String(repeating: "a&", count: 256)).count == 256)
        #expect(throws: FormProblem.tooManyFields) { try fields(String(repeating: "a&", count: 257)) }
        // Of millions no more are looked at than may be.
        let many = CountingBytes(Array(String(repeating: "a&", count: 1_000_000).utf8))
        #expect(throws: FormProblem.tooManyFields) { try URLEncoded.fields(of: many, limit: 256) }
        #expect(many.counter.looks < 256 * 20, "\(many.counter.looks)")
    }

    @Test func `the counter refuses what decoding would refuse, at the piece it is in`() throws {
        for text in ["", "a", "&", "&&a&&", "a&b", "a&b&", "&a&b", "a=b&c=d&e", "====", "a&&b&&c&&"] {
            for limit in 0...4 {
                for piece in 1...3 {
                    func count() throws {
                        var counter = URLEncoded.Counter(limit: limit)
                        var rest = Array(text.utf8)[...]
                        while !rest.isEmpty {
                            try rest.prefix(piece).withUnsafeBytes { try counter.feed($0) }
                            rest = rest.dropFirst(piece)
                        }
                    }
                    let decodes = (try? fields(text, limit: limit)) != nil
                    #expect(((try? count()) != nil) == decodes, "\(text) \(limit)")
                }
            }
        }
    }

    @Test(
        "a byte is looked at a few times, whatever is around it",
        arguments: ["x", " ", "+", "%", "%2", "%20", "%FF", "&", "=", "&=", "é"])
    func growth(_ filling: String) throws {
        for prefix in ["", "a=", "a=%zz"] {
            let bytes = CountingBytes(
                Array((prefix + String(repeating: filling, count: 100_000 / filling.utf8.count)).utf8))
            _ = try URLEncoded.fields(of: bytes, limit: .max)
            #expect(bytes.counter.looks < bytes.count * 8, "\(bytes.counter.looks) at \(bytes.count)")
        }
    }
}

@Suite struct HeaderParametersTests {
    @Test(arguments: [
        (#"form-data; name="a"; filename="b c.jpg""#, "a", "b c.jpg"),
        (#"form-data;name=a ; FileName="b;=c" ; name=z"#, "a", "b;=c"),
        (#"form-data; name="a\"b"; filename="C:\x\y.jpg""#, #"a"b"#, #"C:\x\y.jpg"#),
        (#"form-data; name="never closed; filename=x"#, "never closed; filename=x", nil),
        ("form-data; name; filename", nil, nil), ("form-data", nil, nil), (";;;name=a;", "a", nil),
        (#"form-data; name="é"; filename=à"#, "é", "à"),
    ])
    func `names and values are found in quotes and without`(_ header: String, _ name: String?, _ filename: String?) {
        let parameters = HeaderParameters(header)
        #expect(parameters["name"] == name && parameters["filename"] == filename)
    }

    @Test(
        "a byte is looked at a few times, whatever is around it",
        arguments: [";", "; ", ";a", ";a=", ";a=b", "=", "\"", ";a=\"", "\\", "\\\"", " ", "x", "; a=\"\\\"\""])
    func growth(_ filling: String) {
        for prefix in ["", "x;", "x; a=", "x; a=\""] {
            let bytes = CountingBytes(
                Array((prefix + String(repeating: filling, count: 80_000 / filling.utf8.count)).utf8))
            _ = HeaderParameters(bytes)
            #expect(bytes.counter.looks < bytes.count * 8, "\(bytes.counter.looks) at \(bytes.count)")
        }
    }
}
