import Foundation
import FrameSampling
import Moderation
import TestSupport
import Testing

/// Pictures look as a viewer sees them.
@Suite struct PictureTests {
    private func picture(_ path: String) async throws -> DecodedPicture {
        let sampler = try await FrameSampler.open(.path(path), options: SamplingOptions())
        return try #require(try await sampler.next()?.picture)
    }

    /// What ffmpeg shows, turned upright by ffmpeg itself.
    private func shownByFFmpeg(_ path: String, width: Int, height: Int) throws -> [UInt8] {
        Array(
            try run(
                "ffmpeg",
                [
                    "-v", "error", "-nostdin", "-i", path, "-frames:v", "1", "-vf", "scale=\(width):\(height)", "-f",
                    "rawvideo", "-pix_fmt", "rgb24", "-",
                ]
            ).output)
    }

    @Test(arguments: ["corners.mp4", "corners-90.mp4", "corners-180.mp4", "corners-270.mp4"])
    func `a turned clip stands upright`(clip: String) async throws {
        let picture = try await picture(Fixtures.still(clip))
        let turned = clip.contains("90") || clip.contains("270")
        #expect((picture.width, picture.height) == (turned ? (32, 64) : (64, 32)))
        let ours = try picture.pixels(.rgb, width: picture.width, height: picture.height)
        let theirs = try shownByFFmpeg(Fixtures.still(clip), width: picture.width, height: picture.height)
        #expect(ours.count == theirs.count)
        // Rounding of the colour conversion apart.
        #expect(zip(ours, theirs).allSatisfy { abs(Int($0) - Int($1)) <= 6 })
    }

    @Test func `pixels that are not square are made square`() async throws {
        let picture = try await picture(Fixtures.still("wide-pixels.mp4"))
        #expect((picture.width, picture.height) == (128, 32))
    }

    @Test func `mid-grey in PQ does not come out dark or green`() async throws {
        let picture = try await picture(Fixtures.still("hdr.mp4"))
        #expect(picture.isHDR)
        let pixels = try picture.pixels(.rgb, width: 8, height: 8)
        // Code value 0.5 in PQ is 92 cd/m², a little under half of SDR white (203): 45 % of its light is 0.70 in code,
        // before the highlights are compressed.
        #expect(pixels.allSatisfy { (120...190).contains($0) })
        #expect(pixels.max()! - pixels.min()! <= 3)
    }

    @Test(arguments: ["h264-10bit-422", "odd"])
    func `a JPEG has the picture's size and reads back`(kind: String) async throws {
        let path = kind == "odd" ? Fixtures.matrix("vp9-odd.webm") : Fixtures.matrix("h264-422-10bit.mkv")
        let picture = try await picture(path)
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appendingPathComponent("a.jpg")
        try Data(try picture.jpeg(within: JPEGLimits())).write(to: file)
        let size = try run(
            "ffprobe", ["-v", "error", "-show_entries", "stream=width,height,codec_name", "-of", "csv=p=0", file.path]
        ).text.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(size == "mjpeg,\(picture.width),\(picture.height)")
        // Mean colours show a wrong matrix or range, and are what a JPEG keeps.
        let (width, height) = (picture.width, picture.height)
        let encoded = means(try shownByFFmpeg(file.path, width: width, height: height))
        let original = means(try shownByFFmpeg(path, width: width, height: height))
        let rendered = means(try picture.pixels(.rgb, width: width, height: height))
        for channel in 0..<3 {
            #expect(abs(encoded[channel] - original[channel]) < 2)
            #expect(abs(rendered[channel] - original[channel]) < 2)
        }
    }

    private func means(_ rgb: [UInt8]) -> [Double] {
        (0..<3).map { channel in
            let values = stride(from: channel, to: rgb.count, by: 3).map { Int(rgb[$0]) }
            return Double(values.reduce(0, +)) / Double(values.count)
        }
    }

    @Test func `a JPEG obeys the longest side and is made once`() async throws {
        let picture = try await picture(Fixtures.matrix("h264-closed.mp4"))
        let small = try picture.jpeg(within: JPEGLimits(longestSide: 96))
        #expect(small.count < (try picture.jpeg(within: JPEGLimits()).count))
        #expect(small == (try picture.jpeg(within: JPEGLimits(longestSide: 96))))
    }

    @Test func `an interlaced picture shows its first field, a progressive one all its rows`() async throws {
        let picture = try await picture(Fixtures.matrix("mpeg2-interlaced.ts"))
        #expect(picture.isInterlaced)
        #expect(try await !self.picture(Fixtures.matrix("mpeg2.ts")).isInterlaced)
        let topFirst = try run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v", "-read_intervals", "%+#1", "-show_entries",
                "frame=top_field_first", "-of", "csv=p=0", Fixtures.matrix("mpeg2-interlaced.ts"),
            ]
        ).text.hasPrefix("1")
        // A pair of rows is interpolated around a row of the first field, which is nearer to it than the other's.
        let (width, height) = (192, 108)
        let decoded = try picture.decodedBytes()
        let shown = try picture.pixels(.gray, width: width, height: height)
        func difference(parity: Int) -> Int {
            (0..<(height / 2)).reduce(0) { sum, row in
                (0..<width).reduce(sum) { sum, x in
                    let luma = (Double(decoded[(2 * row + parity) * width + x]) - 16) * 255 / 219
                    let between = (Int(shown[2 * row * width + x]) + Int(shown[(2 * row + 1) * width + x])) / 2
                    return sum + abs(Int(luma) - between)
                }
            }
        }
        let first = topFirst ? 0 : 1
        #expect(difference(parity: first) < difference(parity: 1 - first))
    }
}
