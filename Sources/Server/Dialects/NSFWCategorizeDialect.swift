import Digests
import Foundation
import FrameSampling
import HTTPTypes
import Moderation
import Pipeline
import Store
import Wire

/// nsfw-categorize's API: `/api/upload` and `/api/hash/SHA1`.
struct NSFWCategorizeDialect: Dialect {
    let name = DialectName.nsfwCategorize
    let context: ServerContext

    /// The service documents no limits; these are this server's.
    private static let rules = ImageRules(maxBytes: 16 << 20, maxPixels: 64_000_000)
    /// Calls per day for an address without a key.
    private static let freeCalls = 10

    var routes: [Route] {
        let key = RouteParameter(
            "NSFWKEY", .header, "The API key. A server without keys allows each address 10 calls a day.")
        return [
            Route(
                dialect: self, path: "/api/upload",
                limits: FormLimits(fileBytes: Self.rules.maxBytes, fileFields: ["image"], takesAnyFile: true),
                summary: "Classifies an image.",
                parameters: [
                    key, RouteParameter("image", .file, "The image, or"), RouteParameter("url", .url, "its address."),
                ], handle: upload),
            Route(
                dialect: self, path: "/api/hash/{hash}", methods: [.get],
                summary: "Looks up the earlier result for a file.",
                parameters: [
                    RouteParameter("hash", .pathPart, required: true, "The file's SHA-1, in hexadecimal."), key,
                ], handle: hash),
        ]
    }

    func check(_ call: Call) throws(Refusal) { try context.access.check(key: try secret(call), dialect: name) }

    // MARK: Payment

    private enum Payer {
        case key(AdmittedKey)
        case address(String)
    }

    /// The API key in the header; `nil` if there is none.
    /// - Throws: `Refusal.missingKey` if there is none and the server has a file of keys.
    private func secret(_ call: Call) throws(Refusal) -> String? {
        let secret = call.headers.value(of: "NSFWKEY") ?? ""
        guard secret.isEmpty else { return secret }
        guard context.access.isOpen else { throw .missingKey }
        return nil
    }

    private func payer(_ call: Call) throws(Refusal) -> Payer {
        guard let secret = try secret(call) else { return .address(call.address) }
        return .key(try context.access.admit(key: secret, dialect: name))
    }

    private func remaining(_ payer: Payer, in reply: inout NSFWCategorizeReply) async throws {
        switch payer {
        case .key(let key): reply.keyQuota = try await key.remaining()
        case .address(let address):
            reply.quota = try await context.store.freeCallsLeft(
                address: address, limit: Self.freeCalls, now: context.now)
        }
    }

    /// Charges for one call, runs `body`, and refunds the call if it throws.
    private func charging<Result>(_ payer: Payer, _ body: () async throws -> Result) async throws -> Result {
        switch payer {
        case .key(let key): return try await key.charging(1, body)
        case .address(let address):
            let taken = try await context.store.takeFreeCall(
                address: address, limit: Self.freeCalls, now: context.now)
            guard let taken else { throw Refusal.quotaSpent }
            do {
                return try await body()
            } catch {
                try await context.store.giveBack(taken)
                throw error
            }
        }
    }

    // MARK: Calls

    private func upload(_ call: Call) async throws -> Reply {
        let payer = try payer(call)
        let served = try context.served([.nudity])
        let source = try MediaSource(file: call.form.file("image") ?? call.form.anyFile, url: call.form["url"])
        // Known files are free of charge for keys.
        if let file = source.file, case .key = payer {
            let before = try await known(file)
            if before.data != nil { return try await reply(try await classified(file, before, for: served), payer) }
        }
        let (data, isKnown) = try await charging(payer) {
            let image = try await context.image(source, Self.rules)
            let before = try await known(image)
            return (try await classified(image, before, for: served), before.data != nil)
        }
        if isKnown, case .key(let key) = payer { try await key.refund(1) }
        return try await reply(data, payer)
    }

    private func known(_ image: Upload) async throws -> (data: NSFWCategorizeData?, hash: String) {
        let hash = try await context.digest(of: image, .sha1)
        return (try await data(of: hash), hash)
    }

    /// Whether the judge compares with lists of known content. They change, so that earlier results do not count.
    private var hasKnownContentLists: Bool { !context.judge.standingTasks.isEmpty }

    private func classified(
        _ image: Upload, _ before: (data: NSFWCategorizeData?, hash: String), for tasks: [ModerationTask]
    ) async throws -> NSFWCategorizeData {
        if let data = before.data, !hasKnownContentLists { return data }
        let pictures = try await context.images.judge(image, rules: Self.rules, for: tasks.categories)
        let judgement = Judgement.combined(pictures.map(\.judgement))
        guard let data = NSFWCategorizeData(judgement, hash: before.hash),
            let classification = data.classification
        else { throw Refusal.failure }
        try await context.store.keep(
            KnownClassification(sha1: before.hash, name: classification.rawValue, confidence: data.confidence))
        return judgement.isKnown ? data.ofKnownContent : data
    }

    private func hash(_ call: Call) async throws -> Reply {
        let payer = try payer(call)
        let hash = call.parameters["hash"]?.lowercased() ?? ""
        guard hash.utf8.count == 40, hash.allSatisfy(\.isHexDigit) else {
            throw Refusal.badParameter("hash", "40 hexadecimal digits")
        }
        guard let data = try await data(of: hash) else { throw Refusal.notFound }
        // Only the picture itself can be compared with the lists.
        if hasKnownContentLists, data.classification == .neutral { throw Refusal.notFound }
        return try await reply(data, payer)
    }

    private func data(of hash: String) async throws -> NSFWCategorizeData? {
        guard let known = try await context.store.classification(sha1: hash),
            let classification = NSFWCategorizeData.Classification(rawValue: known.name)
        else { return nil }
        return NSFWCategorizeData(classification: classification, confidence: known.confidence, hash: hash)
    }

    private func reply(_ data: NSFWCategorizeData, _ payer: Payer) async throws -> Reply {
        var message = NSFWCategorizeReply(status: .ok, data: data)
        try await remaining(payer, in: &message)
        return Reply(body: try WireJSON.encode(message))
    }

    // MARK: Refusals

    func reply(to refusal: Refusal, call: Call?) throws -> Reply {
        let message: NSFWCategorizeReply
        switch refusal {
        case .quotaSpent:
            message = .init(status: .noQuota, reason: "The quota of your API key or your free quota has depleted.")
        case .notFound where call?.path.contains("/hash/") == true:
            message = .init(status: .error, reason: "Hash not found")
        case .notAnImage, .brokenImage, .unsupportedFormat:
            message = .init(status: .error, reason: "File not a valid image")
        default: message = .init(status: .error, reason: refusal.sentence)
        }
        var reply = Reply(body: try WireJSON.encode(message))
        reply.allowRetry(after: refusal)
        return reply
    }
}
