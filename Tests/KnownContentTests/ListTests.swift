import Foundation
import KnownContent
import TestSupport
import Testing

/// Hashes of which each is told from the others.
private func hex(_ digit: Int) -> String { String(repeating: "0f", count: 31) + "0" + String(digit, radix: 16) }

private func read(_ text: String) throws -> HashList {
    try Data(text.utf8).withUnsafeBytes { try HashList($0, path: "/lists/mine.txt") }
}

@Suite struct ListTests {
    @Test(arguments: [
        // vPDQ's text.
        "0,100,\(hex(1)),0.000\n30,88,\(hex(2)),1.001\n",
        // vPDQ as ThreatExchange's Python has it.
        "[\"\(hex(1)),100,0.0\",\n \"\(hex(2)),88,1.0\"]",
        // pdq-photo-hasher.
        "\(hex(1)),100,/pictures/a, b.jpg\n\(hex(2)),88,c.jpg\n",
        // ThreatExchange's answer.
        """
        {"data": [{"id": "1", "indicator": "\(hex(1))", "type": "HASH_PDQ", "status": "MALICIOUS", "tags": {"data": []}},
         {"indicator": "d41d8cd98f00b204e9800998ecf8427e", "type": "HASH_MD5"},
         {"indicator": "\(hex(3))", "type": "HASH_PDQ", "should_delete": true},
         {"type": "HASH_PDQ", "indicator": "\(hex(2))"}], "paging": {"cursors": {"after": "\\"x\\""}}}
        """,
        // StopNCII's answer.
        """
        {"count": 3, "hasMoreRecords": false, "hashRecords": [
         {"lastModtime": 1700000000, "hashValue": "\(hex(1))", "hashStatus": "Active", "signalType": "ImagePDQ"},
         {"hashValue": "d41d8cd98f00b204e9800998ecf8427e", "signalType": "VideoMD5"},
         {"hashValue": "\(hex(2))", "signalType": "ImagePDQ", "CSPFeedbacks": [{"source": "x", "tags": ["y"]}]}]}
        """,
        // One object a line.
        "{\"indicator\":\"\(hex(1))\",\"type\":\"HASH_PDQ\"}\n{\"indicator\":\"\(hex(2))\",\"type\":\"HASH_PDQ\"}\n",
        // Plain, with comments, blanks, a mark of the byte order and lines of Windows.
        "\u{FEFF}# mine\r\n\r\n\(hex(1).uppercased())\r\n  \(hex(2))  ",
        "[\"\(hex(1))\", \"\(hex(2))\"]",
        // Tables.
        "name,quality,pdq_hash\n\"a, b\",77,\(hex(1))\nc,,\(hex(2))\n",
        "hash\n\(hex(1))\n\(hex(2))",
    ])
    func `hashes are read from every format`(text: String) throws {
        let list = try read(text)
        #expect(list.entries.map(\.hash.hexadecimal) == [hex(1), hex(2)])
        #expect(list.problems.isEmpty)
        #expect(list.name == "mine.txt")
    }

    @Test func `lines, qualities and whether it is a video are told`() throws {
        let video = try read("0,100,\(hex(1)),0.000\n30,49,\(hex(2)),1.001\n")
        #expect(video.isVideo)
        #expect(video.entries.map(\.quality) == [100, 49])
        #expect(video.entries.map(\.isUsable) == [true, false])
        #expect(try read("[\"\(hex(1)),100,0.0\",\n \"\(hex(2)),88,1.0\"]").entries.map(\.line) == [1, 2])
        let plain = try read("# one\n\n\(hex(1))\n")
        #expect(!plain.isVideo)
        #expect(plain.entries.map(\.line) == [3])
    }

    @Test(arguments: [
        (String(hex(1).dropLast()), "there are 63 hexadecimal digits; a PDQ hash has 64."),
        (hex(1) + "0", "there are 65 hexadecimal digits; a PDQ hash has 64."),
        (hex(1).dropLast() + "g", "a PDQ hash is 64 hexadecimal digits."),
        ("\(hex(1)),88", "a line of plain hashes is one hash."),
    ])
    func `a line that makes no sense is told with its reason, and the others are read`(
        line: String, reason: String
    ) throws {
        let list = try read("\(hex(2))\n\(line)\n\(hex(3))\n")
        #expect(list.problems == [.init(line: 2, reason: reason)])
        #expect(list.entries.map(\.hash.hexadecimal) == [hex(2), hex(3)])
    }

    @Test(arguments: [
        ("0,100,\(hex(1).dropLast()),0.0", "there are 63 hexadecimal digits; a PDQ hash has 64."),
        ("0,101,\(hex(1)),0.0", "a quality is a whole number from 0 to 100."),
        ("-1,100,\(hex(1)),0.0", "a frame is a whole number from 0 on."),
        ("0,100,\(hex(1)),x", "seconds are a number from 0 on."),
        ("0,100", "a vPDQ line has four fields: frame, quality, hash, seconds."),
    ])
    func `a vPDQ line that makes no sense says which field`(line: String, reason: String) throws {
        // Also where it is the first one.
        let list = try read("0,90,\(hex(2)),0.0\n\(line)\n")
        #expect(list.problems == [.init(line: 2, reason: reason)])
    }

    @Test func `in JSON a hash of 63 digits is told with its line`() throws {
        let list = try read(
            "[{\"type\":\"HASH_PDQ\",\"indicator\":\"\(hex(1))\"},\n{\"type\":\"HASH_PDQ\",\"indicator\":\"\(hex(2).dropLast())\"}]"
        )
        #expect(list.problems == [.init(line: 2, reason: "there are 63 hexadecimal digits; a PDQ hash has 64.")])
        #expect(list.entries.count == 1)
    }

    @Test(arguments: ["", "\n# nothing\n", "hello\n", "[]", "{\"data\": []}", String(hex(1).dropLast())])
    func `a file without a single hash is refused`(text: String) {
        #expect(throws: KnownContentError.self) { try read(text) }
    }

    @Test(arguments: [
        "[\"\(hex(1))\"", "[\"\(hex(1))\" \"\(hex(2))\"]", "{\"type\"}", "[\"\(hex(1))\"\n,\"x", "[\"\(hex(1))\"]]",
        String(repeating: "[", count: 100_000),
    ])
    func `JSON that breaks off or is none is refused with its line`(text: String) {
        #expect { try read(text) } throws: {
            guard case .malformed(_, let line, _) = $0 as? KnownContentError else { return false }
            return line == text.split(separator: "\n").count
        }
    }

    @Test func `at most twenty bad lines of a file are told`() throws {
        let list = try read(hex(1) + "\n" + String(repeating: "bad\n", count: 1000))
        #expect(list.problems.count == HashList.maxProblems)
        #expect(list.problemCount == 1000)
    }

    @Test func `no bytes make a reader crash, and no message repeats them`() {
        var random = SystemRandomNumberGenerator()
        let seeds = [
            "0,100,\(hex(1)),0.000\n30,88,\(hex(2)),1.001\n", "[\"\(hex(1)),100,0.0\",\n \"\(hex(2)),88,1.0\"]",
            "{\"data\":[{\"type\":\"HASH_PDQ\",\"indicator\":\"\(hex(1))\",\"n\":[1.5e3,true,null]}]}",
            "name,quality,pdq_hash\n\"a, b\",77,\(hex(1))\n", hex(1) + "\n",
        ]
        for round in 0..<4000 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(Array("\"\\,[]{}\n#".utf8).randomElement(using: &random) ?? 0, at: place)
                default: bytes.removeSubrange(place...)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let told = bytes.withUnsafeBytes { bytes -> [String] in
                do {
                    return try HashList(bytes, path: "x").problems.map(\.reason)
                } catch {
                    return ["\(error)"]
                }
            }
            #expect(!told.contains { $0.contains("0f0f0f") })
        }
    }
}
