import Moderation

extension OnDeviceJudge {
    /// Parses the tasks to ask this judge for.
    /// - Parameters:
    ///   - text: Names separated by commas, or `all`; `nil` for those of `askedByDefault` that are available.
    ///   - available: The categories it can judge.
    ///   - vocabulary: The known task names.
    /// - Throws: `TaskError`, which names the script that makes a pack if none can be fetched;
    ///   `OnDeviceError.badManifest`.
    public static func tasks(
        _ text: String?, available: Set<ContentCategory>, in vocabulary: TaskVocabulary
    ) throws -> [ModerationTask] {
        do {
            return try vocabulary.tasks(text, judge: name, available: available, byDefault: askedByDefault)
        } catch {
            guard let help = try help(against: error, available, vocabulary) else { throw error }
            throw TaskError.helped(error, by: help)
        }
    }

    /// How to make the judge serve what it refused; `nil` if fetching a pack suffices, or nothing helps.
    private static func help(
        against error: TaskError, _ available: Set<ContentCategory>, _ vocabulary: TaskVocabulary
    ) throws -> String? {
        let ownPack = "For a category without a pack, scripts/make-zero-shot-pack makes one from your own CLIP weights."
        switch error {
        case .unknown: return ownPack
        case .none, .nothing, .helped: return nil
        case .unserved(let name, _, _):
            guard let task = vocabulary.task(named: name) else { return ownPack }
            let promised = available.union(try obtainable())
            if task.served(by: promised) != nil { return nil }
            let packs = try catalogued(), experiments = categories(of: packs, experimental: true)
            guard task.served(by: promised.union(experiments)) != nil else { return ownPack }
            let measured = packs.flatMap { pack in task.categories.compactMap { pack.experimental[$0] } }
            return (["With --experimental it is judged, but not well:"] + measured).joined(separator: " ")
        }
    }

    private static func catalogued() throws -> [Pack] { try Catalogue(folder: "").entries.map(\.pack) }

    /// The categories that are judged by default once every pack is fetched, and known content, which has its own
    /// lists.
    static func obtainable() throws -> Set<ContentCategory> {
        categories(of: try catalogued(), experimental: false).union([.knownContent])
    }
}
