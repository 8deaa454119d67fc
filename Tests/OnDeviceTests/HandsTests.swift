import Foundation
import FrameSampling
import Moderation
import TestSupport
import Testing

@testable import OnDevice

@Suite struct HandsTests {
    /// A hand as MediaPipe sees it: fractions of the picture, and metres.
    private struct Reference: Decodable {
        let places: [SIMD2<Double>]
        let metres: [SIMD3<Double>]
    }

    /// Draws the pictures, or those of these names.
    private static func draw(into folder: TemporaryFolder, _ names: String...) throws {
        try Python(program: "OnDevice/hands.py", ["draw", folder.url.path] + names, in: "reference").run().ending()
    }

    private static func detector() throws -> HandDetector {
        let pack = try #require(try Pack.all(in: installation).first { $0.name == "hands" })
        let runtime = try OpenVINO(library: installation.openVINO)
        return try HandDetector(PackModels(pack: pack, runtime: runtime, streams: 1))
    }

    @Test func `where there are more hands than are looked at, no gesture means nothing`() {
        func gesture(_ gestures: [Double], areAll: Bool) -> Double? {
            let box = Box(x1: 0, y1: 0, x2: 1, y2: 1)
            let hands = gestures.map { Hand(box: box, confidence: 1, gesture: $0) }
            let judgement = HandDetector.judgement(of: hands, areAll: areAll)
            #expect(judgement.findings.hands?.count == gestures.count)
            return judgement.probabilities[.gesture]
        }
        #expect(gesture([], areAll: true) == 0 && gesture([0.1], areAll: true) == 0.1)
        #expect(gesture([0.1], areAll: false) == nil && gesture([0.1, 0.9], areAll: false) == 0.9)
    }

    @Test func `hands are those of MediaPipe, with its landmarks`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try Self.draw(into: folder)
        let json = try Data(contentsOf: Fixtures.root.appendingPathComponent("Tests/OnDeviceTests/hands.json"))
        let reference = try JSONDecoder().decode([String: [Reference]].self, from: json)
        #expect(try folder.names().symmetricDifference(reference.keys) == [])
        let detector = try Self.detector()
        var (seen, agreed) = (0, 0)
        var apart: [Double] = [], metresApart: [Double] = []
        for (name, expected) in reference {
            let picture = try RGBPicture(
                of: try await still(folder.url.appendingPathComponent(name).path),
                longestSide: RGBPicture.sideForSquares)
            let found = try detector.hands(in: picture)
            seen += expected.count
            if found.count == expected.count { agreed += 1 }
            for hand in expected {
                let places = hand.places.map { $0 * picture.size }
                let size = (places.reduce(places[0], pointwiseMax) - places.reduce(places[0], pointwiseMin)).max()
                let differences = found.map { mean($0.places, places) / size }
                guard let nearest = differences.indices.min(by: { differences[$0] < differences[$1] }),
                    differences[nearest] < 0.2
                else { continue }
                apart.append(differences[nearest])
                metresApart.append(mean(found[nearest].metres, hand.metres))
            }
        }
        #expect(seen == 60)
        #expect(agreed >= 66)
        #expect(apart.count >= 58)
        #expect(apart.reduce(0, +) / Double(apart.count) <= 0.01)
        #expect(metresApart.reduce(0, +) / Double(metresApart.count) <= 0.001)
    }

    /// The mean distance of points.
    private func mean<Point: SIMD<Double>>(_ left: [Point], _ right: [Point]) -> Double {
        zip(left, right).reduce(0) { sum, pair in
            let difference = pair.0 - pair.1
            return sum + (difference * difference).sum().squareRoot()
        } / Double(left.count)
    }

    @Test func `only a raised middle finger is the gesture, however the other fingers are bent`() throws {
        struct Pose: Decodable {
            let metres: [SIMD3<Double>]
            let gesture: Double
        }
        let drawn = try Python(program: "OnDevice/hand-poses.py", in: "reference").run()
        let poses = try JSONDecoder().decode([Pose].self, from: drawn.output)
        #expect(poses.count == 625 && poses.contains { $0.gesture > 0.9 } && poses.contains { $0.gesture == 0 })
        for pose in poses {
            #expect(abs(HandPose(metres: pose.metres).raisedMiddleFinger - pose.gesture) < 1e-6)
        }
    }

    @Test func `a hand without any size shows nothing`() {
        #expect(HandPose(metres: Array(repeating: .zero, count: 21)).raisedMiddleFinger == 0)
    }

    @Test func `the gesture is found where the hand is, and an open hand is none`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try Self.draw(into: folder, "1011-palm-92", "0000-palm-92")
        let judge = try OnDeviceJudge(installation, for: [.gesture], version: "test")
        let raised = try await judge.judge(
            try await still(folder.url.appendingPathComponent("1011-palm-92.png").path), for: [.gesture])
        let hand = try #require(raised.findings.hands?.first)
        #expect(raised.findings.hands?.count == 1)
        #expect(raised.probabilities == [.gesture: hand.gesture] && hand.gesture >= 0.5 && hand.confidence > 0.5)
        // Where it was drawn: around the palm, which stands 92 pixels high on the wrist at (240, 245) of 480 × 360.
        #expect(hand.box.x1 > 0.35 && hand.box.x2 < 0.65 && hand.box.y1 < 0.45 && hand.box.y2 > 0.55)
        let open = try await judge.judge(
            try await still(folder.url.appendingPathComponent("0000-palm-92.png").path), for: [.gesture])
        #expect(open.findings.hands?.count == 1 && open.probabilities == [.gesture: 0])
    }
}
