import Digests
import Foundation
import TestSupport
import Testing

@Suite struct DigestTests {
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
        #expect(try Digest(.sha256, ofFile: file.path).hexadecimal == digest)
    }

    @Test func `a file is given up where it is asked for, block by block`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "file")
        try Data(count: 3 << 20).write(to: file)
        var asked = 0
        #expect(throws: CancellationError.self) {
            try Digest(.sha256, ofFile: file.path) {
                asked += 1
                return asked == 2
            }
        }
        #expect(asked == 2)
    }

    /// The second example of RFC 3174, and RFC 4231's second and sixth test cases.
    @Test func `what services and callbacks are given is as the standards have it`() {
        let text = Data("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
        #expect(Digest(.sha1, of: text).hexadecimal == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
        #expect(
            MessageAuthentication.sha256(of: Data("what do ya want for nothing?".utf8), key: Data("Jefe".utf8))
                .hexadecimal
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            MessageAuthentication.sha256(
                of: Data("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                key: Data(repeating: 0xaa, count: 131)
            ).hexadecimal == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    /// As `printf '' | openssl dgst -sha256 -hmac ''` has it.
    @Test func `nothing is hashed and signed like anything else`() {
        #expect(
            Digest(.sha256, of: Data()).hexadecimal
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            MessageAuthentication.sha256(of: Data(), key: Data()).hexadecimal
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func `digests are equal if every byte is`() {
        let one = Digest(.sha256, of: Data("one".utf8))
        #expect(one == Digest(.sha256, of: Data("one".utf8)))
        #expect(one != Digest(.sha256, of: Data("two".utf8)))
        #expect(one != Digest(.sha1, of: Data("one".utf8)))
    }
}
