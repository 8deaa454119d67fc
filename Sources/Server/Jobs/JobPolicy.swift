import Moderation

extension Policy {
    /// What decides on a submitted video. The class between naked and not, which services tell beside nudity, makes no KO
    /// unless it is looked for by itself.
    static func job(_ tasks: [ModerationTask]) -> Policy {
        let isLookedFor = tasks.contains {
            $0.categories.contains(.nuditySuggestive) && !$0.categories.contains(.nudityExplicit)
        }
        return Policy(harmful: isLookedFor ? [:] : [.nuditySuggestive: false])
    }
}
