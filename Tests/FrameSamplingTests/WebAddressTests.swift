import Foundation
import FrameSampling
import Moderation
import TestSupport
import Testing

/// Who names an address must not change what is read from it.
private let trusts: [AddressTrust] = [.trusted, .guarded(allowingPrivate: true)]

/// Playlists of one clip, as ffmpeg writes them: in files whose names have spaces, in one file of which each entry is a part,
/// the same in fragments of mp4, and encrypted.
private struct Playlists {
    static let names = ["plain", "parts", "fragments", "encrypted"]
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Data((0..<16).map { $0 * 7 }).write(to: folder.url.appending(path: "key"))
        try Data("key\n\(folder.url.path)/key\n".utf8).write(to: folder.url.appending(path: "key-info"))
        try write("plain", "-hls_segment_filename", path("plain %d.ts"))
        try write("parts", "-hls_flags", "single_file")
        try write("fragments", "-hls_flags", "single_file", "-hls_segment_type", "fmp4")
        try write("encrypted", "-hls_key_info_file", path("key-info"))
    }

    func path(_ name: String) -> String { folder.url.appending(path: name).path }

    private func write(_ name: String, _ options: String...) throws {
        let shared = ["-c", "copy", "-hls_playlist_type", "vod", "-hls_time", "2"]
        try run(
            "ffmpeg",
            ["-v", "error", "-nostdin", "-i", Fixtures.matrix("h264-open.mp4")] + shared + options
                + [path("\(name).m3u8")]
        ).ending()
    }
}

@Suite(.timeLimit(.minutes(2))) struct WebAddressTests {
    private static let made = Result { try Playlists() }

    private func samples(
        _ address: String, _ trust: AddressTrust, sandbox: SandboxMode? = nil
    ) async throws -> [Oracle.Position] {
        var options = SamplingOptions()
        options.interval = .milliseconds(500)
        options.sandbox = sandbox
        options.addresses = trust
        let sampler = try await FrameSampler.open(.address(address), options: options)
        var samples: [Oracle.Position] = []
        while let sample = try await sampler.next() {
            samples.append(.init(index: sample.index, pts: sample.time.pts, hash: try hash(sample)))
        }
        #expect(!sampler.report.isTruncated)
        return samples.sorted { $0.index < $1.index }
    }

    @Test(arguments: Playlists.names, ["files", "whole", "moved", "cookies", "locked"])
    func `a playlist shows what ffmpeg shows of its files`(name: String, way: String) async throws {
        let playlists = try Self.made.get()
        let server = try AddressServer(folder: playlists.folder.url)
        defer { server.stop() }
        // ffmpeg takes only what looks like a film for a key on disk.
        let oracle = try Oracle(path: playlists.path(name == "encrypted" ? "plain.m3u8" : "\(name).m3u8"))
        for trust in trusts {
            let found = try await samples("\(server.address)/\(way)/\(name).m3u8", trust)
            #expect(found.count == 12 && found == oracle.positions(every: 500), "\(trust)")
        }
    }

    /// FFmpeg has all of them open at once.
    @Test func `a playlist of twenty variants is read in a process apart, too`() async throws {
        let playlists = try Playlists()
        defer { playlists.folder.remove() }
        let folder = playlists.folder.url
        var variants = "#EXTM3U\n"
        for variant in 1...20 {
            try FileManager.default.copyItem(
                at: folder.appending(path: "plain.m3u8"), to: folder.appending(path: "\(variant).m3u8"))
            variants += "#EXT-X-STREAM-INF:BANDWIDTH=\(variant)00000\n\(variant).m3u8\n"
        }
        try Data(variants.utf8).write(to: folder.appending(path: "variants.m3u8"))
        let server = try AddressServer(folder: folder)
        defer { server.stop() }
        let oracle = try Oracle(path: playlists.path("plain.m3u8"))
        for mode in [SandboxMode.on, .off] {
            let found = try await samples("\(server.address)/files/variants.m3u8", .trusted, sandbox: mode)
            #expect(found.count == 12 && found == oracle.positions(every: 500), "\(mode)")
        }
    }

    /// A transport stream, with 96 MB before it or after it that say nothing.
    @Test(arguments: [SandboxMode.on, .off])
    func `a limit on bytes holds for what is no video, too`(mode: SandboxMode) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let clip = try Data(contentsOf: URL(filePath: Fixtures.matrix("h264-open.ts")))
        var nothing = Data([0x47, 0x1F, 0xFF, 0x10]) + Data(count: 184)
        while nothing.count < 90 << 20 { nothing += nothing }
        try (clip + nothing).write(to: folder.url.appending(path: "after.ts"))
        try (nothing + clip).write(to: folder.url.appending(path: "before.ts"))
        let server = try FileServer(folder: folder.url)
        defer { server.stop() }
        var options = SamplingOptions()
        options.sandbox = mode
        for limit in [nil, 10 << 20] {
            options.maxBytes = limit
            let sampler = try await FrameSampler.open(.address(server.address + "/after.ts"), options: options)
            var count = 0
            while try await sampler.next() != nil { count += 1 }
            #expect(count == 6 && sampler.report.reachedLimit == (limit != nil))
        }
        await #expect {
            try await FrameSampler.open(.address(server.address + "/before.ts"), options: options)
        } throws: { ($0 as? FrameSamplingError)?.code == .manyBytes }
    }

    @Test func `an encrypted playlist with another key shows nothing`() async throws {
        let server = try AddressServer(folder: try Self.made.get().folder.url)
        let other = try Playlists()
        defer { server.stop() }
        defer { other.folder.remove() }
        try Data(repeating: 9, count: 16).write(to: other.folder.url.appending(path: "key"))
        let wrong = try AddressServer(folder: other.folder.url)
        defer { wrong.stop() }
        for trust in trusts {
            #expect(try await samples(server.address + "/files/encrypted.m3u8", trust).count == 12)
            await #expect(throws: FrameSamplingError.self) {
                try await samples(wrong.address + "/files/encrypted.m3u8", trust)
            }
        }
    }

    /// The index of this clip lies at its end.
    @Test(arguments: ["files", "whole", "moved", "locked"])
    func `a film is read like a file, with its parts asked for or not`(way: String) async throws {
        let server = try AddressServer(folder: Fixtures.folder.appending(path: "matrix"))
        defer { server.stop() }
        let oracle = try Oracle(path: Fixtures.matrix("h264-open.mp4"))
        for trust in trusts {
            let found = try await samples("\(server.address)/\(way)/h264-open.mp4", trust)
            #expect(found == oracle.positions(every: 500), "\(trust)")
        }
    }

    @Test(arguments: [401, 403, 404, 410, 503])
    func `a status is told as ffmpeg tells it`(status: Int) async throws {
        let server = try AddressServer(folder: Fixtures.folder)
        defer { server.stop() }
        let address = server.address.replacing("somebody:s@cret@", with: "") + "/status/\(status)"
        let said = try run("ffprobe", ["-v", "error", address]).errors
        for trust in trusts {
            await #expect {
                try await samples(address, trust)
            } throws: { error in
                guard let error = error as? FrameSamplingError else { return false }
                return error.code.isHTTPStatus && said.contains(error.cause)
            }
        }
    }

    @Test func `a refusal is told as what it is`() async throws {
        let server = try AddressServer(folder: Fixtures.folder.appending(path: "matrix"))
        defer { server.stop() }
        let clip = "/locked/h264-open.mp4"
        #expect(try await !samples(server.address + clip, .trusted).isEmpty)
        let wrong = server.address.replacing("s@cret", with: "wrong") + clip
        for (address, code) in [
            (wrong, FrameSamplingError.Code.unauthorized), (server.address + "/status/403", .accessForbidden),
        ] {
            await #expect {
                try await samples(address, .trusted)
            } throws: { ($0 as? FrameSamplingError)?.code == code }
        }
    }

    @Test func `a certificate that nobody has signed is not trusted`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let server = try FaultServer([.init(status: 403)], certificate: try Certificate(in: folder))
        let plain = try FaultServer([.init(status: 403)])
        defer { _ = [server, plain].map { $0.stop() } }
        for (address, code) in [
            ("https://localhost:\(server.port)/a.mp4", FrameSamplingError.Code.untrustedCertificate),
            (plain.address + "/a.mp4", .accessForbidden),
        ] {
            await #expect {
                try await samples(address, .trusted)
            } throws: { ($0 as? FrameSamplingError)?.code == code }
        }
    }
}
