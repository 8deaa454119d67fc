import Foundation
import FrameSampling
import TestSupport
import Testing

@testable import Batches

@Suite struct MediaSignatureTests {
    private static func clips(in folder: String) throws -> [String] {
        let path = Fixtures.folder.path + "/" + folder
        return try FileManager.default.contentsOfDirectory(atPath: path).sorted().map { "\(path)/\($0)" }
    }

    private func isMedia(_ path: String) throws -> Bool {
        let file = try #require(FileHandle(forReadingAtPath: path))
        return MediaSignature.isMedia(Array(try file.read(upToCount: MediaSignature.length) ?? Data()))
    }

    @Test func `clips of every container begin like media`() throws {
        for clip in try Self.clips(in: "matrix") {
            #expect(try isMedia(clip), "\(clip)")
        }
        #expect(try isMedia(Fixtures.folder.path + "/broken/no-moov.mp4"))
        #expect(try isMedia(Fixtures.folder.path + "/images/3-pages.pdf"))
    }

    @Test func `texts, programs and archives do not`() throws {
        for path in [
            Fixtures.root.path + "/README.md", Fixtures.root.path + "/Package.swift", "/proc/self/exe",
            Fixtures.folder.path + "/broken/text.mp4", Fixtures.folder.path + "/broken/names-a-file.m3u8",
        ] { #expect(try !isMedia(path), "\(path)") }
        #expect(!MediaSignature.isMedia([]) && !MediaSignature.isMedia(Array("PK\u{3}\u{4}".utf8)))
        #expect(!MediaSignature.isMedia([UInt8](repeating: 0, count: 400)))
    }

    @Test func `only a file that begins like no media can be no media once it does not open`() {
        let (text, clip) = (Array("Hello".utf8), Array("\0\0\0\u{18}ftypisom".utf8))
        #expect(MediaSignature.isNotMedia(.invalidData, beginning: text))
        #expect(!MediaSignature.isNotMedia(.invalidData, beginning: clip))
        #expect(MediaSignature.isNotMedia(.noVideo, beginning: clip))
        for code in [FrameSamplingError.Code.noPicture, .missing, .forbidden, .decoderCrashed, .deadline] {
            #expect(!MediaSignature.isNotMedia(code, beginning: text))
        }
    }
}
