import Foundation
import KnownContent
import Moderation
import TestSupport
import Testing

/// A judge of the lists whose text this is, one file each.
private func makeMatcher(
    _ texts: [String: String], distance: Int = 31, shares: VideoShares? = nil, in folder: TemporaryFolder
) throws -> KnownContentMatcher {
    let paths = try texts.sorted { $0.key < $1.key }.map { name, text in
        let file = folder.url.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return file.path
    }
    return KnownContentMatcher(
        try KnownContentLists(paths, tell: { _ in }), distance: distance, shares: shares)
}

private func hash(_ picture: Drawn) throws -> PDQHash {
    let transform = try #require(try PictureTransform(picture))
    #expect(transform.quality >= 50)
    return transform.hash()
}

@Suite struct MatchTests {
    @Test func `a known picture is found turned, mirrored and between bars, and says how`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let picture = Drawn(seed: 1)
        let others = try (2..<40).map { try hash(Drawn(seed: $0)).hexadecimal }
        let lines = others + [try hash(picture).hexadecimal]
        let matcher = try makeMatcher(["list.txt": lines.joined(separator: "\n")], in: folder)
        let cases: [(Drawn, String, Bool)] = [
            (picture, "none", false), (picture.mirrored, "mirrored", false), (picture.rotated90, "rotated270", false),
            (picture.rotated90.rotated90, "rotated180", false),
            (picture.rotated90.rotated90.rotated90, "rotated90", false),
            (picture.mirrored.rotated90, "transversed", false), (picture.rotated90.mirrored, "transposed", false),
            (picture.rotated90.rotated90.mirrored, "flipped", false), (picture.letterboxed(by: 25), "none", true),
            (picture.mirrored.letterboxed(by: 25), "mirrored", true),
        ]
        for (shown, turn, barsCut) in cases {
            let match = try #require(try matcher.match(shown)?.match, "\(turn)")
            #expect((match.list, match.line) == ("list.txt", 39))
            #expect(match.turn == turn)
            #expect(match.barsCut == barsCut)
            if shown.rgb == picture.rgb { #expect(match.distance == 0) }
        }
        let unknown = try #require(try matcher.match(Drawn(seed: 99)))
        #expect(unknown.match == nil && unknown.quality >= 50)
    }

    @Test func `a hash matches up to the distance the policy allows, and no further`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let picture = Drawn(seed: 3)
        let digits = Array(try hash(picture).hexadecimal)
        // Eight digits that differ in four bits each.
        let far = String(
            digits.enumerated().map { index, digit in
                index % 8 == 0 ? Character(String(15 - (digit.hexDigitValue ?? 0), radix: 16)) : digit
            })
        for (distance, isFound) in [(31, false), (32, true), (60, true), (0, false)] {
            let found = try makeMatcher(["l.txt": far], distance: distance, in: folder).match(picture)?.match
            #expect(found?.distance == (isFound ? 32 : nil))
        }
    }

    @Test func `flat pictures match nothing, and hashes of flat pictures match nothing`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let gray = Drawn(gray: 120, width: 90, height: 70)
        let flat = try #require(try PictureTransform(gray))
        let picture = Drawn(seed: 5)
        let lines = "0,100,\(flat.hash().hexadecimal),0.000\n1,49,\(try hash(picture).hexadecimal),1.000"
        let matcher = try makeMatcher(["v.txt": lines], in: folder)
        #expect(try matcher.match(gray) == KnownFinding(quality: 0))
        #expect(try matcher.match(picture)?.match == nil)
        let good = lines.replacingOccurrences(of: "1,49,", with: "1,50,")
        #expect(try makeMatcher(["again.txt": good], in: folder).match(picture)?.match?.line == 2)
    }

    @Test func `a video is known where four fifths of its pictures are in a list`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let hashes = try (0..<8).map { try hash(Drawn(seed: $0)).hexadecimal }
        let lines = hashes.enumerated().map { "\($0.offset * 25),90,\($0.element),\($0.offset).000" }
        let shares = VideoShares()
        let matcher = try makeMatcher(
            ["film.vpdq": lines.joined(separator: "\n"), "photos.txt": hashes[0]], shares: shares, in: folder)
        for seed in 0..<4 { _ = try matcher.match(Drawn(seed: seed)) }
        _ = try matcher.match(Drawn(seed: 50))
        _ = try matcher.match(Drawn(gray: 0, width: 50, height: 50))
        let film = KnownVideo(list: "film.vpdq", pictures: 5, picturesMatched: 4, frames: 8, framesFound: 4)
        #expect(film.isKnown)
        #expect(shares.shares == [film])
        _ = try matcher.match(Drawn(seed: 51))
        #expect(shares.shares.first?.isKnown == false)
    }
}
