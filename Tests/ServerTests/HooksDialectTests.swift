import Foundation
import Moderation
import TestSupport
import Testing

@testable import Server
@testable import Store

/// What media servers call.
@Suite struct HooksDialectTests {
    private static let publish = fields()

    /// As nginx-rtmp sends them.
    private static func fields(call: String = "publish", client: Int = 7) -> String {
        "app=live&flashver=x&tcurl=rtmp%3A%2F%2Fh%2Flive&addr=1.2.3.4&clientid=\(client)&call=\(call)&name=show"
    }

    /// A server that accepts jobs and judges none, so that they can be looked at.
    private func with(
        keys: KeyFile? = nil, mediaServer: String? = "rtmp://127.0.0.1:1935",
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try await TestServer.with(
            store: Store(folder: folder.url),
            configure: { options in
                options.works = false
                options.mediaServer = mediaServer
                options.keys = keys
            }, body)
    }

    private func orders(_ server: TestServer) async throws -> [JobOrder] {
        try await server.store.ongoingJobs().map { try JobOrder(of: $0) }
    }

    @Test func `a publisher is watched at the server that the operator has set`() async throws {
        try await with { (server) async throws in
            let answer = try await server.curl("/hooks/nginx-rtmp?key=k&task=weapon&interval=0.5", "-d", Self.publish)
            #expect(answer.status == 200)
            let order = try #require(try await orders(server).first)
            guard case .address("rtmp://127.0.0.1:1935/live/show") = order.source else {
                Issue.record("\(order.source)")
                return
            }
            #expect(order.isLive && order.models == ["weapon"] && order.interval == 0.5)
            #expect(
                order.publisher
                    == StreamPublisher(server: "nginx-rtmp", app: "live", name: "show", id: "7", address: "1.2.3.4"))
        }
    }

    @Test func `what the publisher adds to the fields changes nothing`() async throws {
        try await with { (server) async throws in
            let hostile =
                Self.publish + "&app=admin&name=other&tcurl=rtmp://10.0.0.1/&key=x&task=gore&call=publish_done"
            #expect(try await server.curl("/hooks/nginx-rtmp?key=k&task=weapon", "-d", hostile).status == 200)
            let order = try #require(try await orders(server).first)
            #expect(order.publisher?.app == "live" && order.publisher?.name == "show" && order.models == ["weapon"])
        }
    }

    @Test(arguments: [
        "..", "a/b", "a%2Fb", "%40host", "a%3Fb", "a%23b", "a%20b", "a%0Ab", "a%00b", "", "%C3%A9", "a%5Cb",
        String(repeating: "a", count: 129),
    ])
    func `a name that could change the address is refused`(name: String) async throws {
        try await with { (server) async throws in
            let fields = "app=live&call=publish&clientid=7&name=" + name
            let answer = try await server.curl("/hooks/nginx-rtmp?key=k", "-d", fields)
            #expect(answer.status == 400, "\(answer.text)")
            #expect(try await orders(server).isEmpty)
            // The control.
            #expect(try await server.curl("/hooks/nginx-rtmp?key=k", "-d", fields + "&x").status == 400)
            #expect(try await server.curl("/hooks/nginx-rtmp?key=k&task=weapon", "-d", Self.publish).status == 200)
        }
    }

    @Test func `the end of a publisher ends the watch of him alone`() async throws {
        try await with { (server) async throws in
            for fields in [Self.publish, Self.fields(client: 8)] {
                #expect(try await server.curl("/hooks/nginx-rtmp?key=k&task=weapon", "-d", fields).status == 200)
            }
            let done = Self.fields(call: "publish_done")
            #expect(try await server.curl("/hooks/nginx-rtmp?key=k&task=weapon", "-d", done).status == 200)
            #expect(try await orders(server).map { $0.publisher?.id } == ["8"])
        }
    }

    @Test func `calls about anything else are taken and do nothing`() async throws {
        try await with { (server) async throws in
            let play = Self.fields(call: "play")
            #expect(try await server.curl("/hooks/nginx-rtmp?key=k", "-d", play).status == 200)
            #expect(try await orders(server).isEmpty)
        }
    }

    @Test func `MediaMTX's paths may be long`() async throws {
        try await with { (server) async throws in
            let fields = "call=available&path=a/b/show&source_id=0f4b"
            #expect(try await server.curl("/hooks/mediamtx?key=k&task=weapon", "-d", fields).status == 200)
            let order = try #require(try await orders(server).first)
            #expect(order.uri == "rtmp://127.0.0.1:1935/a/b/show" && order.publisher?.app == "a/b")
            let bad = try await server.curl("/hooks/mediamtx?key=k", "-d", "call=available&path=a/../b&source_id=1")
            #expect(bad.status == 400)
        }
    }

    @Test func `the key counts in the query alone`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.url.appending(path: "keys.yaml").path
        let made = FileManager.default.createFile(
            atPath: path,
            contents: Data("keys: [{key: right, name: shop, dialects: [hooks]}, {key: usual, name: other}]".utf8),
            attributes: [.posixPermissions: 0o600])
        #expect(made)
        try await with(keys: try KeyFile(path: path)) { (server) async throws in
            for query in ["", "?key=wrong"] {
                let answer = try await server.curl("/hooks/nginx-rtmp" + query, "-d", Self.publish + "&key=right")
                #expect(answer.status == 401)
            }
            // A key is not good for hooks unless its entry says so.
            #expect(try await server.curl("/hooks/nginx-rtmp?key=usual", "-d", Self.publish).status == 403)
            #expect(try await orders(server).isEmpty)
            #expect(try await server.curl("/hooks/nginx-rtmp?key=right&task=weapon", "-d", Self.publish).status == 200)
            #expect(try await orders(server).count == 1)
        }
    }

    @Test func `without a media server nothing is watched`() async throws {
        try await with(mediaServer: nil) { (server) async throws in
            #expect(try await server.curl("/hooks/nginx-rtmp?key=k", "-d", Self.publish).status == 404)
            #expect(try await orders(server).isEmpty)
        }
    }
}
