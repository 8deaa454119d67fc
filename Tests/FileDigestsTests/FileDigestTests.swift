import FileDigests
import Foundation
import TestSupport
import Testing

@Suite struct FileDigestTests {
    /// The examples of FIPS 180-2, appendix B: one block, and a million letters, which are read in pieces of 1 MiB at most.
    @Test(arguments: [
        ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func `a file is known by its SHA-256`(text: String, times: Int, digest: String) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "file")
        try Data(String(repeating: text, count: times).utf8).write(to: file)
        #expect(try FileDigest.sha256(of: file.path) == digest)
    }
}
