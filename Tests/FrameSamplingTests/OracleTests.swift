import Digests
import Foundation
import FrameSampling
import Moderation
import TestSupport
import Testing

/// Every position of every clip: the pts and the picture, bit for bit as decoded, that a full decode by ffmpeg gives.
@Suite struct OracleTests {
    static let intervals: [Int64] = [40, 100, 500, 1000, 2700, 10000]

    @Test(arguments: Fixtures.matrixNames, [SandboxMode.on, .off])
    func `each position shows the picture a full decode shows`(clip: String, sandbox: SandboxMode) async throws {
        var options = SamplingOptions()
        options.sandbox = sandbox
        try await fewAtOnce.run { [options] in try await compare(clip, options) }
    }

    private func compare(_ clip: String, _ options: SamplingOptions) async throws {
        let oracle = try Oracle(path: Fixtures.matrix(clip))
        for interval in Self.intervals {
            let expected = oracle.positions(every: interval)
            let samples = try await sampleAll(clip, every: interval, options)
            // What is known to be damaged is not compared: it is reported as such, and judged by nobody.
            let damaged = Set(samples.filter(\.damaged).map(\.index))
            let found = try samples.filter { !$0.damaged }.map { sample in
                Oracle.Position(index: sample.index, pts: sample.time.pts, hash: try hash(sample))
            }
            let wanted = expected.filter { !damaged.contains($0.index) }
            let difference = zip(found, wanted).first { $0 != $1 }
            #expect(difference == nil, "\(clip) every \(interval) ms")
            if clip.hasPrefix("truncated") {
                // The last packets of a truncated file may name pictures after the last one that can be decoded.
                #expect(damaged.count <= 3 && (0...2).contains(found.count - wanted.count))
            } else {
                #expect(
                    damaged.isEmpty && !found.isEmpty && found.count == wanted.count, "\(clip) every \(interval) ms")
            }
        }
    }

    /// As a second look takes them: around 1.1 s, at 2.04 s, and past the end.
    @Test(arguments: Fixtures.matrixNames, [SandboxMode.on, .off])
    func `stretches show the same pictures, and nothing but their positions`(
        clip: String, sandbox: SandboxMode
    ) async throws {
        var options = SamplingOptions()
        options.sandbox = sandbox
        try await fewAtOnce.run { [options] in try await compareStretches(clip, options) }
    }

    private func compareStretches(_ clip: String, _ options: SamplingOptions) async throws {
        let expected = try Oracle(path: Fixtures.matrix(clip)).positions(every: 20)
        var options = options
        options.stretches = [
            .init(start: .milliseconds(1100), count: 9), .init(start: .milliseconds(2040), count: 1),
            .init(start: .milliseconds(2200), count: 3), .init(start: .seconds(3600), count: 5),
        ]
        let positions = Array(stride(from: 1100, through: 1900, by: 100)) + [2040, 2200, 2300, 2400]
        let samples = try await sampleAll(clip, every: 100, options)
        // Some clips end before the last of them.
        #expect(!samples.isEmpty && samples.map(\.position) == Array(positions.prefix(samples.count)))
        let wanted = positions.filter { $0 / 20 < expected.count }
        #expect(samples.count == wanted.count || clip.hasPrefix("truncated"))
        for sample in samples where !sample.damaged && sample.position / 20 < expected.count {
            let oracle = expected[sample.position / 20]
            #expect(sample.time.pts == oracle.pts, "\(sample.position) ms")
            #expect(try hash(sample) == oracle.hash, "\(sample.position) ms")
        }
    }

    @Test func `every clip of the matrix is looked at`() throws {
        let made = try FileManager.default.names(in: Fixtures.folder.appending(path: "matrix"))
        #expect(made.symmetricDifference(Fixtures.matrixNames) == [])
    }

    @Test func `keyframe mode takes the last keyframe at or before each position`() async throws {
        let text = try run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts,flags", "-of", "csv=p=0",
                Fixtures.matrix("h264-closed.mp4"),
            ]
        ).text
        let keyframes = text.split(separator: "\n").filter { $0.contains("K") }
            .compactMap { Int64($0.prefix { $0 != "," }) }
        let oracle = try Oracle(path: Fixtures.matrix("h264-closed.mp4"))
        var options = SamplingOptions()
        options.mode = .keyframes
        let samples = try await sampleAll("h264-closed.mp4", every: 1000, options)
        #expect(samples.count == oracle.positions(every: 1000).count)
        #expect(keyframes.count >= 3)
        let first = oracle.pictures[0].pts
        for sample in samples {
            let time = first + Int64(sample.index) * oracle.timeBase.denominator
            let expected = keyframes.last { $0 <= time }
            #expect(sample.time.pts == expected)
            #expect(try hash(sample) == oracle.pictures.first { $0.pts == expected }?.hash)
        }
    }

    @Test func `start, duration and max-frames choose among the same positions`() async throws {
        var options = SamplingOptions()
        options.start = .seconds(2)
        options.duration = .seconds(3)
        let part = try await sampleAll("h264-open.mp4", every: 500, options)
        let all = try await sampleAll("h264-open.mp4", every: 500)
        #expect(part.map(\.position) == [2000, 2500, 3000, 3500, 4000, 4500])
        #expect(part.map(\.time.pts) == all.filter { (2000..<5000).contains($0.position) }.map(\.time.pts))
        options.maxFrames = 2
        #expect(try await sampleAll("h264-open.mp4", every: 500, options).map(\.position) == [2000, 2500])
    }
}

/// Hundreds of inputs at once would be hundreds of processes, with nine descriptors each.
private let fewAtOnce = FewAtOnce(8)

private actor FewAtOnce {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ most: Int) { free = most }

    func run(_ body: @Sendable () async throws -> Void) async throws {
        if free > 0 { free -= 1 } else { await withCheckedContinuation { waiting.append($0) } }
        defer { if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() } }
        try await body()
    }
}

func sampleAll(_ clip: String, every interval: Int64, _ options: SamplingOptions = SamplingOptions()) async throws
    -> [Sample]
{
    var options = options
    options.interval = .milliseconds(interval)
    let sampler = try await FrameSampler.open(.path(Fixtures.matrix(clip)), options: options)
    var samples: [Sample] = []
    while let sample = try await sampler.next() { samples.append(sample) }
    return samples.sorted { $0.index < $1.index }
}

func hash(_ sample: Sample) throws -> String {
    let picture = try #require(sample.picture)
    return Digest(.sha256, of: try picture.decodedBytes()).hexadecimal
}
