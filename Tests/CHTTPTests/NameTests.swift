import CHTTP
import Foundation
import TestSupport
import Testing

@Suite struct NameTests {
    @Test(.enabled(if: Needed.namespaces("-rnm"), "Namespaces of the network are not permitted here."))
    func `a name whose server says nothing holds up neither other calls nor whoever has had enough of it`() throws {
        // Besides: of a name with a private and a public address the public one is read.
        let program = Fixtures.root.appending(path: ".build/debug/black-hole").path
        let finished = try Python(program: "CHTTP/black-hole.py", [program]).run(namespaces: "-rnm")
        struct Found: Decodable { var lines, asked: [String] }
        let found = try JSONDecoder().decode(Found.self, from: finished.output)
        // The last number is how many threads still wait for the name server: none was waited for.
        #expect(
            found.lines == [
                "named 204 0", "private \(CHTTP_ERROR_REFUSED) 0", "private and public 204 0",
                "good, while it is resolved 204 1", "cancelled \(CHTTP_ERROR_CANCELLED) 1",
                "good, after it was cancelled 204 1", "late \(CHTTP_ERROR_DEADLINE) 2",
                "good, after it was late 204 2", "stream \(CHTTP_ERROR_CANCELLED) 3",
                "resolve \(CHTTP_ERROR_CANCELLED) 4", "127.0.0.1 0 4", "good, at the end 204 5",
                "unfinished \(CHTTP_ERROR_CANCELLED) 5",
            ], "\(finished.errors)")
        #expect(found.asked == ["hole.test", "mixed.test", "named.test"])
    }
}
