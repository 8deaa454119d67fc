import ArgumentParser
import Moderation

/// Whether hits are looked at again.
struct ConfirmArguments: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: """
            Look again, every 0.1 s, around each hit: it counts only if the pictures beside it agree, and segments begin and \
            end to 0.1 s. How is said by the policy's confirm; a policy alone turns it on only where judging is free.
            """)
    var confirm: Bool?

    /// Where a service samples by itself.
    func applyToNative(_ policy: inout Policy) throws {
        guard confirm != true else {
            throw ValidationError("--confirm needs --mode frames: a service that samples by itself looks once.")
        }
        policy.confirm = nil
    }

    /// A service that bills is asked again only where the command says so.
    /// - Parameter frameInterval: Seconds.
    func apply(to policy: inout Policy, judge: any ImageJudge, frameInterval: Double) throws {
        choose(&policy, judge)
        if let confirm = policy.confirm, Double(confirm.interval) >= frameInterval * 1000 {
            throw ValidationError(
                "Confirming looks again every \(confirm.interval) ms; --frame-interval has to be more.")
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
            printError("framesift: the policy asks to confirm, which \(judge.identity.name) would bill: add --confirm.")
        }
    }
}
