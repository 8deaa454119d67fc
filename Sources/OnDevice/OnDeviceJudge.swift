import Base
import Foundation
import Moderation
import Runtime
import Synchronization

/// The judge that needs no account: packs on OpenVINO, ZBar, and image properties.
public final class OnDeviceJudge: ImageJudge {
    public static let name = "on-device"

    public let identity: JudgeIdentity
    public let categories: Set<Moderation.Category>
    public let concurrency: Int
    /// One for all it judges, so that a score does not depend on what else was asked.
    public let longestSide: Int?
    private let parts: [Part]
    private let threads: BlockingThreads

    private let times = Mutex<[String: Duration]>([:])

    /// What judges some of the categories.
    private struct Part: Sendable {
        let name: String
        /// What it is asked for: another pack may promise what is an experiment of this one.
        let categories: Set<Moderation.Category>
        let longestSide: Int?
        let judge: @Sendable (any Still, Set<Moderation.Category>) throws -> Judgement
    }

    private static let withoutModels = [
        Part(name: "qr", categories: [.qr], longestSide: QRCodeReader.longestSide) { still, _ in
            try QRCodeReader.judgement(of: still)
        },
        Part(
            name: "properties", categories: ImageProperties.categories, longestSide: ImageProperties.longestSide
        ) { still, _ in try ImageProperties(of: still).judgement },
    ]

    /// What it looks for when nobody says what.
    public static let askedByDefault: Set<Moderation.Category> = [.nudityExplicit]

    private static let builtIn = withoutModels.reduce(into: Set()) { $0.formUnion($1.categories) }

    /// What this machine can judge, without loading a model.
    /// - Parameter experimental: Whether that which is not good enough to promise counts.
    /// - Throws: `OnDeviceError`.
    public static func categories(
        of installation: Installation, experimental: Bool = false
    ) throws -> Set<Moderation.Category> {
        categories(of: try Pack.all(in: installation), experimental: experimental)
    }

    static func categories(of packs: [Pack], experimental: Bool) -> Set<Moderation.Category> {
        packs.reduce(into: builtIn) { $0.formUnion($1.judged(experimental: experimental)) }
    }

    /// Loads the models that `categories` need. Throws `OnDeviceError`.
    /// - Parameters:
    ///   - experimental: Whether that which is not good enough to promise is judged; default no.
    ///   - concurrency: Stills judged side by side; default one a processor.
    public init(
        _ installation: Installation, for categories: Set<Moderation.Category>, version: String,
        experimental: Bool = false, concurrency: Int = ProcessInfo.processInfo.activeProcessorCount
    ) throws {
        let all = try Pack.all(in: installation)
        self.concurrency = max(1, concurrency)
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

    /// What was measured of that which nobody promises.
    private static func experiments(
        of packs: [Pack], among wanted: Set<Moderation.Category>, promised: Set<Moderation.Category>
    ) -> [String: String]? {
        var measured: [String: String] = [:]
        for (category, sentence) in packs.flatMap(\.experimental)
        where wanted.contains(category) && !promised.contains(category) {
            measured[category.rawValue] = sentence
        }
        return measured.isEmpty ? nil : measured
    }

    private static func load(
        _ packs: [(pack: Pack, judged: Set<Moderation.Category>)], for categories: Set<Moderation.Category>,
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

    public var timeByPart: [String: Double]? {
        times.withLock { $0.mapValues { $0.inSeconds } }
    }

    public func judge(_ still: any Still, for categories: Set<Moderation.Category>) async throws -> Judgement {
        try await threads.run { [self] in try judgeNow(still, for: categories.intersection(self.categories)) }
    }

    private func judgeNow(_ still: any Still, for categories: Set<Moderation.Category>) throws -> Judgement {
        var result = Judgement(probabilities: [:])
        for part in parts where !part.categories.isDisjoint(with: categories) {
            let begun = ContinuousClock.now
            result.add(try part.judge(still, categories.intersection(part.categories)))
            let time = ContinuousClock.now - begun
            times.withLock { $0[part.name, default: .zero] += time }
        }
        result = SuggestiveNudity.refined(result)
        result.probabilities = result.probabilities.filter { categories.contains($0.key) }
        return result
    }
}
