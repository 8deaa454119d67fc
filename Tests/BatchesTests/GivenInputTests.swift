import Testing

@testable import Batches

@Suite struct GivenInputTests {
    private func read(_ line: String) throws -> GivenInput? { try GivenInput(line: Array(line.utf8)) }

    @Test(arguments: ["a.mp4", " with blanks .mp4", "https://example.org/v?k=1", "-", "s3://bucket/prefix/"])
    func `a line is an input, as it stands`(_ line: String) throws {
        #expect(try read(line) == GivenInput(line))
        #expect(try read(line + "\r") == GivenInput(line))
    }

    @Test(arguments: ["", "\r", "  \t"]) func `an empty line is none`(_ line: String) throws {
        #expect(try read(line) == nil)
    }

    @Test func `an object brings references`() throws {
        #expect(
            try read(#" {"input": "a {1}.mp4", "reference_id": "r", "origin_id": "o", "more": 1}"#)
                == GivenInput("a {1}.mp4", referenceID: "r", originID: "o"))
        #expect(try read(#"{"input": "a"}"#) == GivenInput("a"))
    }

    @Test(arguments: [
        (#"{"reference_id": "r"}"#, "“input”"), (#"{"input": 5}"#, "“input”"), (#"{"input": ""}"#, "empty"),
        (#"{"input": "a", "origin_id": 5}"#, "“origin_id”"), ("{", "JSON"), ("{}", "“input”"),
    ])
    func `an object that makes no sense says why`(_ line: String, _ reason: String) throws {
        let problem = #expect(throws: GivenInput.Problem.self) { try read(line) }
        #expect(problem?.description.contains(reason) == true, "\(problem?.description ?? "")")
    }

    @Test func `a line that is not UTF-8 is a problem`() {
        #expect(throws: GivenInput.Problem.self) { try GivenInput(line: [0x61, 0xFF]) }
    }
}
