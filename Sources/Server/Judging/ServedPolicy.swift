import Moderation

extension Policy {
    /// The policy used if none is given. Services report suggestive pictures along with nudity; they are only KO if the
    /// tasks ask for them without nudity.
    static func standard(for tasks: [ModerationTask]) -> Policy {
        let isLookedFor = tasks.contains {
            $0.categories.contains(.nuditySuggestive) && !$0.categories.contains(.nudityExplicit)
        }
        return Policy(harmful: isLookedFor ? [:] : [.nuditySuggestive: false])
    }

    /// The policy without second looks if they would cost money, or if their interval is not shorter than the
    /// request's.
    func served(by judge: any ImageJudge, interval: Duration) -> Policy {
        guard let confirm, judge.spending != nil || .milliseconds(confirm.interval) >= interval else { return self }
        var policy = self
        policy.confirm = nil
        return policy
    }
}

extension ImageJudge {
    /// The tasks judged in addition to those of every request: known content, if the judge has lists of it.
    var standingTasks: [ModerationTask] {
        guard categories.contains(.knownContent) else { return [] }
        return [ModerationTask(name: ContentCategory.knownContent.rawValue, categories: [.knownContent])]
    }
}
