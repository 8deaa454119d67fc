import ArgumentParser
import Moderation

/// Whether to take second looks at hits.
struct ConfirmArguments: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: """
            Judge more pictures, every 0.1 s, around each hit. A hit counts only if they agree, and segments become \
            exact to 0.1 s. The policy's confirm has the details; alone, it turns this on only if judging is free.
            """)
    var confirm: Bool?

    /// Turns second looks off, because a service that samples by itself cannot take any.
    func applyToNative(_ policy: inout Policy) throws {
        guard confirm != true else {
            throw ValidationError("--confirm needs --mode frames: a service that samples by itself looks once.")
        }
        policy.confirm = nil
    }

    /// Decides whether to take second looks. They are taken with a service that bills only if the command says so.
    /// - Parameter frameInterval: In seconds.
    func apply(to policy: inout Policy, judge: any ImageJudge, frameInterval: Double) throws {
        choose(&policy, judge)
        if let confirm = policy.confirm, Double(confirm.interval) >= frameInterval * 1000 {
            throw ValidationError(
                "Confirming samples every \(confirm.interval) ms, so --frame-interval has to be longer.")
        }
    }

    private func choose(_ policy: inout Policy, _ judge: any ImageJudge) {
        let isPaid = judge.spending != nil
        switch confirm {
        case true?: policy.confirm = policy.confirm ?? Confirmation()
        case false?: policy.confirm = nil
        case nil:
            guard policy.confirm != nil, isPaid else { return }
            policy.confirm = nil
            printError("framesift: \(judge.identity.name) would bill the policy's confirm; add --confirm to use it.")
        }
    }
}
