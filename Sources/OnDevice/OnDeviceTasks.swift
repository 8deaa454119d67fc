import Moderation

extension OnDeviceJudge {
    /// What the judge on this machine is asked for.
    /// - Parameters:
    ///   - text: Names separated by commas, or `all`; `nil`: what `askedByDefault` has of `available`.
    ///   - available: What it can judge.
    /// - Throws: `TaskError`, which names the script that makes a pack where there is none to fetch.
    public static func tasks(_ text: String?, available: Set<Moderation.Category>) throws -> [ModerationTask] {
        do {
            return try TaskList(text, judge: name, available: available, byDefault: askedByDefault).tasks
        } catch let error as TaskError {
            guard try needsOwnPack(error, available) else { throw error }
            throw TaskError.helped(
                error,
                by: "For a category without a pack, scripts/make-zero-shot-pack makes one from your own CLIP weights.")
        }
    }

    private static func needsOwnPack(_ error: TaskError, _ available: Set<Moderation.Category>) throws -> Bool {
        let everything = available.union(try obtainable())
        return switch error {
        case .unknown: true
        case .unserved(let name, _, _): ModerationTask(named: name)?.served(by: everything) == nil
        case .none, .nothing, .helped: false
        }
    }

    /// What is judged well enough to promise once every pack is fetched, and known content, which has lists of its own.
    static func obtainable() throws -> Set<Moderation.Category> {
        let packs = try Catalogue(folder: "").entries.map(\.pack)
        return categories(of: packs, experimental: false).union([.knownContent])
    }
}
