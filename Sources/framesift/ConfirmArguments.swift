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

    /// A service that bills is asked again only where the command says so.
    func apply(to policy: inout Policy, judge: any ImageJudge) {
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
