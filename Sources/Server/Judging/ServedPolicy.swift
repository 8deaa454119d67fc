import Moderation

extension Policy {
    /// What decides where no policy was given. The class between naked and not, which services tell beside nudity, makes no
    /// KO unless it is looked for by itself.
    static func standard(for tasks: [ModerationTask]) -> Policy {
        let isLookedFor = tasks.contains {
            $0.categories.contains(.nuditySuggestive) && !$0.categories.contains(.nudityExplicit)
        }
        return Policy(harmful: isLookedFor ? [:] : [.nuditySuggestive: false])
    }

    /// The policy as a server follows it: without second looks where they would be billed, or would show nothing.
    func served(by judge: any ImageJudge, interval: Duration) -> Policy {
        guard let confirm, judge.spending != nil || .milliseconds(confirm.interval) >= interval else { return self }
        var policy = self
        policy.confirm = nil
        return policy
    }
}

extension ImageJudge {
    /// What is looked for in everything, whatever a request asks for: known content, where there are lists of it.
    var standingTasks: [ModerationTask] {
        guard categories.contains(.knownContent) else { return [] }
        return [ModerationTask(name: Moderation.Category.knownContent.rawValue, categories: [.knownContent])]
    }
}
