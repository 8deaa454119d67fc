import Foundation
import FrameSampling
import Moderation

/// The judge that needs no account: packs on OpenVINO, ZBar, and image properties.
public final class OnDeviceJudge: ImageJudge {
    public static let name = "on-device"

    public let identity: JudgeIdentity
    public let categories: Set<Moderation.Category>
    public let concurrency: Int
    private let classifiers: [Classifier]
    private let faceDetector: FaceDetector?
    private let threads: BlockingThreads

    private static let builtIn: Set<Moderation.Category> = [
        .qr, .qualitySharpness, .qualityContrast, .qualityBrightness, .qualityColors,
    ]

    /// What this machine can judge, without loading a model.
    public static func categories(of installation: Installation) throws -> Set<Moderation.Category> {
        try Pack.all(in: installation).reduce(into: builtIn) { $0.formUnion($1.categories) }
    }

    /// Loads the models that `categories` need. Throws `OnDeviceError`.
    /// - Parameter concurrency: Stills judged side by side; default one a processor.
    public init(
        _ installation: Installation, for categories: Set<Moderation.Category>, version: String,
        concurrency: Int = ProcessInfo.processInfo.activeProcessorCount
    ) throws {
        let packs = try Pack.all(in: installation)
        self.concurrency = max(1, concurrency)
        self.categories = packs.reduce(into: Self.builtIn) { $0.formUnion($1.categories) }
        let needed = packs.filter { !$0.categories.isDisjoint(with: categories) }
        identity = JudgeIdentity(
            name: Self.name,
            version: ([version] + needed.map { "\($0.name) \($0.version)" }).joined(separator: ", "))
        if needed.isEmpty {
            (classifiers, faceDetector) = ([], nil)
        } else {
            let runtime = try OpenVINO(library: installation.openVINO)
            classifiers = try needed.filter { $0.kind == .classifier }.map {
                try Classifier($0, runtime: runtime, streams: concurrency)
            }
            faceDetector = try needed.first { $0.kind == .faces }.map {
                try FaceDetector($0, runtime: runtime, streams: concurrency)
            }
        }
        threads = BlockingThreads(count: concurrency, name: "framesift judge")
    }

    deinit { threads.close() }

    public func judge(_ still: any Still, for categories: Set<Moderation.Category>) async throws -> Judgement {
        try await threads.run { [self] in try judgeNow(still, for: categories) }
    }

    private func judgeNow(_ still: any Still, for categories: Set<Moderation.Category>) throws -> Judgement {
        var probabilities: [Moderation.Category: Double] = [:]
        var findings = Findings()
        for classifier in classifiers where !classifier.pack.categories.isDisjoint(with: categories) {
            probabilities.merge(try classifier.probabilities(of: still)) { $1 }
        }
        if let faceDetector, !categories.isDisjoint(with: [.face, .faceMultiple]) {
            let faces = try faceDetector.faces(in: still)
            findings.faces = faces
            probabilities[.face] = faces.map(\.confidence).max() ?? 0
            probabilities[.faceMultiple] = faces.count > 1 ? 1 : 0
        }
        if categories.contains(.qr) {
            let texts = try QRCodeReader.read(still)
            findings.qrCodes = texts.isEmpty ? nil : texts
            probabilities[.qr] = texts.isEmpty ? 0 : 1
        }
        if categories.contains(where: { $0.rawValue.hasPrefix("quality.") }) {
            let properties = try ImageProperties(of: still)
            probabilities[.qualitySharpness] = properties.sharpness
            probabilities[.qualityContrast] = properties.contrast
            probabilities[.qualityBrightness] = properties.brightness
            findings.colors = properties.colors
        }
        return Judgement(probabilities: probabilities.filter { categories.contains($0.key) }, findings: findings)
    }
}
