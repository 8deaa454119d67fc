import Base
import Digests
import HTTPTransport
import Moderation
import Wire

/// nsfw-categorize: asks by hash first, which is free, and uploads pictures whose hash is unknown.
struct NSFWCategorizeEndpoint: ImageEndpoint {
    let account: Account

    /// Its documentation says that the model sees 400 × 400 pixels. It documents no rate.
    static let profile = ServiceProfile(
        address: "https://nsfw-categorize.it", credentialVariables: ["NSFWCATEGORIZE_KEY"],
        worksWithoutCredentials: true, categories: [.nudityExplicit, .nuditySuggestive, .nudityAny],
        limits: JPEGLimits(longestSide: 800, quality: 85), maxBytes: 8 << 20,
        rules: CallingRules(concurrency: 4, rate: 5),
        documentedCost: "one call of the quota, none for what is known by its hash", cost: { _ in 1 })

    private static let looksAtPending = 5
    private static let pendingInterval = Duration.seconds(2)

    func judge(_ image: ImageRequest, through caller: Caller) async throws -> Billed {
        let hash = Digest(.sha1, of: image.jpeg).hexadecimal
        if let known = try await lookUp(hash, through: caller) { return Billed(judgement: known, operations: 0) }
        var call = HTTPClientRequest(url: account.address + "/api/upload")
        call.headers = headers
        call.parts = [.jpeg("image", image.jpeg)]
        let reply = try await caller.ask(call, read: Self.read)
        if let data = reply.data, data.classification != nil {
            return Billed(judgement: data.completeJudgement, operations: 1)
        }
        // Accepted but not judged yet. Asking by hash later is free.
        for _ in 0..<Self.looksAtPending {
            try await caller.pause(Self.pendingInterval)
            if let judged = try await lookUp(hash, through: caller) { return Billed(judgement: judged, operations: 1) }
        }
        throw CallProblem.refused("it has not judged the picture yet (\(reply.status.rawValue))")
    }

    /// Every response contains the remaining quota, and asking by hash is free.
    func quota(through caller: Caller) async throws -> Int? {
        try await caller.ask(lookUpCall(String(repeating: "0", count: 40))) {
            try $0.message(NSFWCategorizeReply.self)
        }.remaining
    }

    private func lookUpCall(_ hash: String) -> HTTPClientRequest {
        var call = HTTPClientRequest(url: account.address + "/api/hash/" + hash)
        call.method = "GET"
        call.headers = headers
        return call
    }

    private func lookUp(_ hash: String, through caller: Caller) async throws -> Judgement? {
        let reply = try await caller.ask(lookUpCall(hash)) { try $0.message(NSFWCategorizeReply.self) }
        guard reply.status == .ok, let data = reply.data, data.classification != nil else { return nil }
        return data.completeJudgement
    }

    private var headers: [(name: String, value: String)] {
        account.credentials[0].isEmpty ? [] : [("NSFWKEY", account.credentials[0])]
    }

    private static func read(_ answer: HTTPClientResponse) throws -> NSFWCategorizeReply {
        let reply = try answer.message(NSFWCategorizeReply.self)
        let reason = reply.reason ?? reply.status.rawValue
        switch reply.status {
        case .ok, .pending: return reply
        case .noQuota: throw CallProblem.quotaSpent(reason)
        default:
            if answer.status == 429 { throw CallProblem.throttled(reason) }
            if answer.status >= 500 { throw CallProblem.busy(reason) }
            throw CallProblem.refused(reason)
        }
    }
}

extension NSFWCategorizeData {
    /// The judgement with bounds for categories it has no probability for: at most what the stated class leaves.
    fileprivate var completeJudgement: Judgement {
        var judgement = judgement
        let rest = 1 - min(max(confidence / 100, 0), 1)
        if judgement.probabilities[.nudityExplicit] == nil { judgement.probabilities[.nudityExplicit] = rest }
        if judgement.probabilities[.nuditySuggestive] == nil { judgement.probabilities[.nuditySuggestive] = rest }
        return judgement
    }
}
