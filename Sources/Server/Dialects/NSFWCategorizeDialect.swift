import Crypto
import Foundation
import FrameSampling
import HTTPTypes
import Moderation
import Pipeline
import Store
import Wire

/// nsfw-categorize: `/api/upload` and `/api/hash/SHA1`.
struct NSFWCategorizeDialect: Dialect {
    let name = DialectName.nsfwCategorize
    let context: ServerContext

    /// Nothing is documented; ours.
    private static let rules = ImageRules(maxBytes: 16 << 20, maxPixels: 64_000_000)
    /// Calls a day of an address without a key.
    static let freeCalls = 10

    var routes: [Route] {
        let key = RouteParameter("NSFWKEY", .header, "The key; a server without keys gives addresses 10 calls a day.")
        return [
            Route(
                dialect: self, path: "/api/upload", methods: [.get, .post],
                limits: FormLimits(fileBytes: Self.rules.maxBytes, fileFields: ["image"], takesAnyFile: true),
                summary: "Classifies an image.",
                parameters: [
                    key, RouteParameter("image", .file, "The image, or"), RouteParameter("url", .url, "where it is."),
                ], handle: upload),
            Route(
                dialect: self, path: "/api/hash/{hash}", methods: [.get],
                limits: FormLimits(fileBytes: 0, fileFields: []),
                summary: "What was found of a file before.",
                parameters: [
                    RouteParameter("hash", .pathPart, required: true, "SHA-1 of the file, hexadecimal."), key,
                ], handle: hash),
        ]
    }

    func check(_ call: Call) throws {
        // Only headers have it.
        if let key = try key(call) { try context.access.check(key: key, dialect: name) }
    }

    // MARK: Who pays

    private enum Payer {
        case key(Pass)
        case address(String)
    }

    /// `nil` when there is none; a server with keys has nothing for those without. Throws `Refusal.missingKey`.
    private func key(_ call: Call) throws -> String? {
        let key = HTTPField.Name("NSFWKEY").flatMap { call.headers[$0] } ?? ""
        guard key.isEmpty else { return key }
        guard context.access.isOpen else { throw Refusal.missingKey }
        return nil
    }

    private func payer(_ call: Call) throws -> Payer {
        guard let key = try key(call) else { return .address(call.address) }
        return .key(try context.access.admit(key: key, dialect: name))
    }

    private func remaining(_ payer: Payer, in reply: inout NSFWCategorizeReply) async throws {
        switch payer {
        case .key(let pass): reply.keyQuota = try await pass.remaining()
        case .address(let address):
            reply.quota = try await context.store.freeCallsLeft(
                address: address, limit: Self.freeCalls, now: context.now)
        }
    }

    /// Takes a call's cost, does the work, and gives the cost back if it fails.
    private func paying<Result>(_ payer: Payer, _ body: () async throws -> Result) async throws -> Result {
        switch payer {
        case .key(let pass): return try await pass.paying(1, body)
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
        // What was found before costs a key nothing.
        if let file = source.file, case .key = payer {
            let before = try await known(file)
            if before.data != nil { return try await reply(try await classified(file, before, for: served), payer) }
        }
        let (data, isKnown) = try await paying(payer) {
            let image = try await context.image(source, Self.rules)
            let before = try await known(image)
            return (try await classified(image, before, for: served), before.data != nil)
        }
        if isKnown, case .key(let pass) = payer { try await pass.giveBack(1) }
        return try await reply(data, payer)
    }

    private func known(_ image: Upload) async throws -> (data: NSFWCategorizeData?, hash: String) {
        let hash = try await context.digest(of: image, Insecure.SHA1.self)
        return (try await data(of: hash), hash)
    }

    /// Whether pictures are compared with lists of known content, which change: what was found before says nothing of that.
    private var compares: Bool { !context.judge.standingTasks.isEmpty }

    private func classified(
        _ image: Upload, _ before: (data: NSFWCategorizeData?, hash: String), for tasks: [ModerationTask]
    ) async throws -> NSFWCategorizeData {
        if let data = before.data, !compares { return data }
        return try await classify(image, hash: before.hash, for: tasks)
    }

    private func classify(
        _ image: Upload, hash: String, for tasks: [ModerationTask]
    ) async throws -> NSFWCategorizeData {
        let pictures = try await context.images.judge(
            image, rules: Self.rules, for: tasks.categories)
        guard let first = pictures.first, let data = NSFWCategorizeData(first.judgement, hash: hash),
            let classification = data.classification
        else { throw Refusal.failure }
        try await context.store.keep(
            KnownClassification(sha1: hash, name: classification.rawValue, confidence: data.confidence))
        return first.judgement.isKnown ? data.ofKnownContent : data
    }

    private func hash(_ call: Call) async throws -> Reply {
        let payer = try payer(call)
        let hash = call.parameters["hash"]?.lowercased() ?? ""
        guard hash.utf8.count == 40, hash.allSatisfy(\.isHexDigit) else {
            throw Refusal.badParameter("hash", "40 hexadecimal digits")
        }
        guard let data = try await data(of: hash) else { throw Refusal.notFound }
        // Only with the picture can be told whether a list has it.
        if compares, data.classification == .neutral { throw Refusal.notFound }
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
