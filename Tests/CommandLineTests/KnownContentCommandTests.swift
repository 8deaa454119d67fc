import Foundation
import TestSupport
import Testing

private let program = ServerProgram.path

/// Its fields, of each line.
private func lines(_ text: String) -> [[String]] {
    text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
}

private func script(_ text: String, _ arguments: String...) throws -> String {
    let told = try Python(lines: text, arguments, in: "reference").run().ending()
    return told.text.trimmingCharacters(in: .whitespacesAndNewlines)
}

@Suite struct KnownContentCommandTests {
    @Test func `hash writes vPDQ's lines, one a second or one a picture`() throws {
        let each = try run(program, ["hash", Fixtures.sample("qr.mp4")])
        #expect(each.status == 0)
        let seconds = lines(each.text)
        // 12 s of 25 pictures a second.
        #expect(seconds.map { $0[0] } == (0..<12).map { "\($0 * 25)" })
        #expect(seconds.map { $0[3] } == (0..<12).map { "\($0).000" })
        #expect(seconds.allSatisfy { $0.count == 4 && $0[2].count == 64 && (0...100).contains(Int($0[1]) ?? -1) })
        let all = lines(try run(program, ["hash", Fixtures.sample("qr.mp4"), "--interval", "all"]).text)
        #expect(all.map { $0[0] } == (0..<300).map { "\($0)" })
        #expect(all.enumerated().filter { $0.offset % 25 == 0 }.map(\.element) == seconds)
    }

    @Test func `the hash of an image is the reference package's`() throws {
        let expected = try script(
            """
            import sys, numpy, pdqhash
            from PIL import Image
            bits, quality = pdqhash.compute(numpy.array(Image.open(sys.argv[1]).convert("RGB")))
            print(f"0,{quality},{numpy.packbits(numpy.asarray(bits, dtype=numpy.uint8)).tobytes().hex()},0.000")
            """, Fixtures.image("picture.png"))
        #expect(try run(program, ["hash", Fixtures.image("picture.png")]).text == expected + "\n")
    }

    @Test func `a video is KO where its list is known, says where, and repeats no hash`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let list = folder.url.appendingPathComponent("known.vpdq")
        let hashes = try run(program, ["hash", Fixtures.sample("qr.mp4")]).text
        try Data(hashes.utf8).write(to: list)
        let arguments = ["--task", "known", "--known", list.path, "--format", "json"]
        let found = try run(program, ["check", Fixtures.sample("qr.mp4")] + arguments)
        #expect(found.status == 0)
        let result = try #require(try JSONSerialization.jsonObject(with: found.output) as? [String: Any])
        #expect(result["final_decision"] as? String == "KO")
        #expect(result["reject_criteria"] as? [String] == ["known"])
        let video = try #require((result["known_videos"] as? [[String: Any]])?.first)
        #expect(video["list"] as? String == "known.vpdq")
        #expect([video["pictures_matched"], video["frames_found"]].compactMap { $0 as? Int } == [12, 12])
        #expect(video["is_known"] as? Bool == true)
        for line in lines(hashes) { #expect(!(found.text + found.errors).contains(line[2])) }
        let other = try run(program, ["check", Fixtures.sample("phone.mp4")] + arguments)
        #expect(other.text.contains("\"final_decision\" : \"OK\""))
    }

    @Test func `lists beside the default ask for both, and a policy bounds the distance`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let list = folder.url.appendingPathComponent("known.vpdq")
        try Data(try run(program, ["hash", Fixtures.image("picture.png")]).output).write(to: list)
        let both = try run(
            program, ["check", Fixtures.sample("qr.mp4"), "--known", list.path, "--format", "json"])
        #expect(both.text.contains("\"task_call\" : \"nudity.explicit,known\""))
        let policy = folder.url.appendingPathComponent("policy.yaml")
        try Data("known: {distance: 61}\n".utf8).write(to: policy)
        let refused = try run(
            program, ["check", Fixtures.sample("qr.mp4"), "--known", list.path, "--policy", policy.path])
        #expect(refused.status == 64)
        #expect(refused.errors.contains("policy.yaml:1: a whole number of bits from 0 to 60 belongs here."))
    }

    @Test func `a list that makes no sense is one sentence and code 64`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let list = folder.url.appendingPathComponent("bad.txt")
        try Data((String(repeating: "a", count: 63) + "\n").utf8).write(to: list)
        let told = try run(program, ["check", Fixtures.sample("qr.mp4"), "--task", "known", "--known", list.path])
        #expect(told.status == 64)
        #expect(told.errors == "framesift: \(list.path):1: there are 63 hexadecimal digits; a PDQ hash has 64.\n")
        let without = try run(program, ["check", Fixtures.sample("qr.mp4"), "--task", "known"])
        #expect(without.status == 64)
    }

    @Test func `a picture of one pixel is undetermined and says why`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let (list, picture) = (folder.url.appendingPathComponent("l.txt"), folder.url.appendingPathComponent("p.png"))
        try Data((String(repeating: "0f", count: 32) + "\n").utf8).write(to: list)
        _ = try script("import sys; from PIL import Image; Image.new('RGB', (1, 1)).save(sys.argv[1])", picture.path)
        let told = try run(
            program, ["check", picture.path, "--task", "known", "--known", list.path, "--format", "json"])
        #expect(told.status == 2)
        #expect(told.text.contains("A picture with a side of less than 5 pixels has no hash."))
        #expect(!told.text.contains("\"scores\" : {\n        \"known\""))
        let hashed = try run(program, ["hash", picture.path])
        #expect(hashed.status == 65)
        #expect(hashed.output.isEmpty)
    }

    @Test func `a server with lists rejects a known image whatever it was asked for`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let list = folder.url.appendingPathComponent("known.txt")
        let picture = folder.url.appendingPathComponent("p.png")
        let data = "import skimage, os; print(os.path.join(os.path.dirname(skimage.__file__), 'data', 'coffee.png'))"
        try FileManager.default.copyItem(atPath: try script(data), toPath: picture.path)
        try Data(try run(program, ["hash", picture.path]).output).write(to: list)
        func answer(_ arguments: String...) throws -> String {
            let server = try ServerProgram(arguments)
            defer { server.stop() }
            return try run(
                "curl",
                [
                    "-s", "-F", "API_KEY=k", "-F", "task=qr_code_moderation", "-F", "file_image=@\(picture.path)",
                    server.base + "/analyse/1.1",
                ]
            ).text
        }
        let known = try answer("--known", list.path)
        #expect(known.contains("\"final_decision\":\"KO\""))
        #expect(known.contains("\"reject_criteria\":[\"known\"]"))
        #expect(try answer().contains("\"final_decision\":\"OK\""))
    }
}
