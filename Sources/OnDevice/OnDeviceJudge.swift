import Base
import Foundation
import Moderation
import Runtime
import Synchronization

/// The judge that runs on this machine: packs on OpenVINO, ZBar, and image properties.
public final class OnDeviceJudge: ImageJudge {
    /// The name of the provider.
    public static let name = "on-device"

    /// Its version includes those of the packs in use.
    public let identity: JudgeIdentity
    /// All categories that the installed packs judge, whether or not they were loaded.
    public let categories: Set<ContentCategory>
    /// Stills judged at once.
    public let concurrency: Int
    /// In pixels. The same for all categories, so that a score does not depend on what else is asked for.
    public let longestSide: Int?
    private let parts: [Part]
    private let threads: BlockingThreads

    private let times = Mutex<[String: Duration]>([:])

    /// A judge of some of the categories.
    private struct Part: Sendable {
        let name: String
        /// The categories to ask it for.
        let categories: Set<ContentCategory>
        let longestSide: Int?
        let judge: @Sendable (any Picture, Set<ContentCategory>) throws -> Judgement
    }

    private static let withoutModels = [
        Part(name: "qr", categories: [.qr], longestSide: QRCodeReader.longestSide) { still, _ in
            try QRCodeReader.judgement(of: still)
        },
        Part(
            name: "properties", categories: ImageProperties.categories, longestSide: ImageProperties.longestSide
        ) { still, _ in try ImageProperties(of: still).judgement },
    ]

    /// The categories judged by default.
    public static let askedByDefault: Set<ContentCategory> = [.nudityExplicit]

    private static let builtIn = withoutModels.reduce(into: Set()) { $0.formUnion($1.categories) }

    /// The categories that this machine can judge. Loads no model.
    /// - Parameters:
    ///   - installation: Where the packs are.
    ///   - experimental: Whether to include experimental categories. Default no.
    /// - Throws: `OnDeviceError.badManifest`.
    public static func categories(
        of installation: Installation, experimental: Bool = false
    ) throws -> Set<ContentCategory> {
        categories(of: try Pack.all(in: installation), experimental: experimental)
    }

    static func categories(of packs: [Pack], experimental: Bool) -> Set<ContentCategory> {
        packs.reduce(into: builtIn) { $0.formUnion($1.judged(experimental: experimental)) }
    }

    /// Loads the models that `categories` need.
    /// - Parameters:
    ///   - installation: Where OpenVINO and the packs are.
    ///   - categories: The categories that will be judged.
    ///   - version: The program's version, for `identity`.
    ///   - experimental: Whether to judge experimental categories. Default no.
    ///   - concurrency: How many stills to judge at once. Default one per processor.
    /// - Throws: `OnDeviceError`, or an error of `FileHandle` if a model cannot be read.
    public init(
        _ installation: Installation, for categories: Set<ContentCategory>, version: String,
        experimental: Bool = false, concurrency: Int? = nil
    ) throws {
        let all = try Pack.all(in: installation)
        self.concurrency = max(1, concurrency ?? ProcessInfo.processInfo.activeProcessorCount)
        self.categories = Self.categories(of: all, experimental: experimental)
        let wanted = categories.intersection(self.categories)
        let needed = all.filter { !$0.judged(experimental: experimental).isDisjoint(with: wanted) }
        identity = JudgeIdentity(
            name: Self.name,
            version: ([version] + needed.map { "\($0.name) \($0.version)" }).joined(separator: ", "),
            experimental: Self.experiments(
                of: needed, among: wanted, promised: Self.categories(of: all, experimental: false)))
        let packs = try Self.load(
            needed.map { ($0, $0.judged(experimental: experimental)) }, for: wanted, of: installation,
            streams: self.concurrency)
        parts = packs + Self.withoutModels
        let sides = parts.map(\.longestSide)
        longestSide = sides.contains(nil) ? nil : sides.compactMap { $0 }.max()
        threads = BlockingThreads(count: self.concurrency, name: "framesift judge")
    }

    /// What was measured of the wanted categories that only experiments judge.
    private static func experiments(
        of packs: [Pack], among wanted: Set<ContentCategory>, promised: Set<ContentCategory>
    ) -> [String: String]? {
        var measured: [String: String] = [:]
        for (category, sentence) in packs.flatMap(\.experimental)
        where wanted.contains(category) && !promised.contains(category) {
            measured[category.rawValue] = sentence
        }
        return measured.isEmpty ? nil : measured
    }

    private static func load(
        _ packs: [(pack: Pack, judged: Set<ContentCategory>)], for categories: Set<ContentCategory>,
        of installation: Installation, streams: Int
    ) throws -> [Part] {
        if packs.isEmpty { return [] }
        let runtime = try OpenVINO(library: installation.openVINO)
        return try packs.map { pack, judged in
            let models = PackModels(pack: pack, runtime: runtime, streams: streams)
            let judge = try pack.kind.load(models, for: categories.intersection(judged))
            return Part(name: pack.name, categories: judged, longestSide: judge.longestSide) {
                try judge.judge($0, for: $1)
            }
        }
    }

    deinit { threads.close() }

    /// Seconds that each pack and built-in judge has worked, summed over threads, by name.
    public var timeByPart: [String: Double]? {
        times.withLock { $0.mapValues { $0.inSeconds } }
    }

    /// Judges a still on a thread of its own.
    /// - Returns: A score for each of `categories` that it can judge.
    /// - Throws: `OnDeviceError`, or the still's own error.
    public func judge(_ still: any Picture, for categories: Set<ContentCategory>) async throws -> Judgement {
        let cost = RunCost.current
        return try await threads.run { [self] in
            try judgeNow(still, for: categories.intersection(self.categories), cost)
        }
    }

    private func judgeNow(
        _ still: any Picture, for categories: Set<ContentCategory>, _ cost: RunCost?
    ) throws -> Judgement {
        var result = Judgement(probabilities: [:])
        for part in parts where !part.categories.isDisjoint(with: categories) {
            let begun = ContinuousClock.now
            result.add(try part.judge(still, categories.intersection(part.categories)))
            let time = ContinuousClock.now - begun
            times.withLock { $0[part.name, default: .zero] += time }
            cost?.add(time, of: part.name)
        }
        result = SuggestiveNudity.refined(result)
        result.probabilities = result.probabilities.filter { categories.contains($0.key) }
        return result
    }
}
