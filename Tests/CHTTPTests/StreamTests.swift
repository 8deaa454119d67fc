import CHTTP
import Foundation
import TestSupport
import Testing

@Suite struct StreamTests {
    /// What can be read of an address, and the code it ends with.
    private func read(_ address: String) -> (bytes: Data, code: Int64) {
        "test".withCString { agent in
            var limits = chttp_limits(
                allow_private: true, connect_ms: 30_000, idle_ms: 30_000, total_ms: 0, max_bytes: 0, bytes_left: nil,
                end: 0, max_redirects: 0, user_agent: agent, cookies: nil, signing: nil)
            var stream: OpaquePointer?
            var bytes = Data()
            var code = Int64(chttp_stream_open(address, 0, &limits, nil, nil, &stream))
            guard let stream else { return (bytes, code) }
            defer { chttp_stream_close(stream) }
            var block = [UInt8](repeating: 0, count: 777)
            repeat {
                code = chttp_stream_read(stream, &block, block.count)
                bytes += block.prefix(max(0, Int(code)))
            } while code > 0
            return (bytes, code)
        }
    }

    @Test(arguments: [2000, 2_000_000])
    func `what came before a connection broke is read, and then that it did`(size: Int) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "file")
        let data = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 * 7) })
        try data.write(to: file)
        for share in [1, 0.5] {
            let server = try BreakingServer(file: file, share: share)
            defer { server.stop() }
            // Whether the end comes with the last bytes or after them is chance.
            for _ in 0..<10 {
                let (bytes, code) = read(server.address + "/file")
                #expect(bytes == data.prefix(Int(Double(size) * share)))
                #expect(share == 1 ? code == 0 : code < 0)
            }
        }
    }
}
