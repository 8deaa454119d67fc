import Moderation

extension OnDeviceJudge {
    /// What the judge on this machine is asked for.
    /// - Parameters:
    ///   - text: Names separated by commas, or `all`; `nil`: what `askedByDefault` has of `available`.
    ///   - available: What it can judge.
    ///   - vocabulary: The names that are known.
    /// - Throws: `TaskError`, which names the script that makes a pack where there is none to fetch.
    public static func tasks(
        _ text: String?, available: Set<Moderation.Category>, in vocabulary: TaskVocabulary
    ) throws -> [ModerationTask] {
        do {
            return try vocabulary.tasks(text, judge: name, available: available, byDefault: askedByDefault)
        } catch {
            guard let help = try help(against: error, available, vocabulary) else { throw error }
            throw TaskError.helped(error, by: help)
        }
    }

    /// What makes the judge serve what it refused; `nil` where fetching a pack does, or nothing.
    private static func help(
        against error: TaskError, _ available: Set<Moderation.Category>, _ vocabulary: TaskVocabulary
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

    /// What is judged well enough to promise once every pack is fetched, and known content, which has lists of its own.
    static func obtainable() throws -> Set<Moderation.Category> {
        categories(of: try catalogued(), experimental: false).union([.knownContent])
    }
}
