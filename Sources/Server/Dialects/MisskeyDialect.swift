import Foundation
import FrameSampling
import HTTPTypes
import Moderation
import Pipeline
import Wire

/// The API of Misskey's detector of sensitive media: `POST /v1/detect-images`.
struct MisskeyDialect: Dialect {
    let name = DialectName.misskey
    let context: ServerContext

    /// Misskey sends pictures of 299 × 299; the limits are this server's, the formats the detector's.
    private static let rules = ImageRules(
        maxBytes: 4 << 20, maxPixels: 16_000_000, formats: [.png, .jpeg, .gif, .bmp])
    /// The most pictures of a request.
    private static let maxParts = 10

    var routes: [Route] {
        [
            Route(
                dialect: self, path: "/v1/detect-images", methods: [.post],
                limits: FormLimits(fileBytes: Self.maxParts * Self.rules.maxBytes, takesEveryPart: true),
                summary: "Tells the five classes of up to ten pictures, one a part.",
                parameters: [
                    RouteParameter("Authorization", .header, "Bearer and the API key."),
                    RouteParameter("image0", .file, required: true, "A picture; the names of parts do not matter."),
                ], handle: detect)
        ]
    }

    func check(_ call: Call) throws(Refusal) { try context.access.check(key: try secret(call), dialect: name) }

    /// The API key; a server that accepts any key needs none.
    private func secret(_ call: Call) throws(Refusal) -> String {
        let header = call.headers[.authorization] ?? ""
        let isBearer = header.prefix(7).lowercased() == "bearer "
        let token = isBearer ? header.dropFirst(7).trimmingCharacters(in: .whitespaces) : ""
        if token.isEmpty, context.access.isOpen { return "anybody" }
        guard !token.isEmpty else { throw .missingKey }
        return token
    }

    // MARK: Detecting

    private func detect(_ call: Call) async throws -> Reply {
        let key = try context.access.admit(key: try secret(call), dialect: name)
        let type = call.headers[.contentType]?.lowercased() ?? ""
        guard type.hasPrefix("multipart/form-data") else { throw Refusal.unsupportedBody }
        let parts = call.form.parts
        guard !parts.isEmpty else { throw Refusal.noMedia }
        guard parts.count <= Self.maxParts else { throw Refusal.tooManyFrames(limit: Self.maxParts) }
        let results = try await key.charging(perPicture: 1) { pay in
            try await withThrowingTaskGroup(of: (Int, MisskeyResult).self) { group in
                for (index, part) in parts.enumerated() {
                    group.addTask { (index, try await result(of: part, pay)) }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
        }
        let ordered = results.sorted { $0.key < $1.key }.map(\.value)
        return try reply(.results(ordered), .ok, call)
    }

    /// What a part comes to. Only a key that cannot pay fails the whole request.
    private func result(
        of part: Upload, _ pay: @escaping @Sendable (Int) async throws -> Void
    ) async throws -> MisskeyResult {
        do {
            guard part.size > 0 else {
                return .failure(MisskeyProblem(.invalidRequest, "The part is empty."))
            }
            guard MisskeyResult.categories.isSubset(of: context.judge.categories) else {
                return .failure(
                    MisskeyProblem(.modelUnavailable, "Nudity and drawings cannot both be judged by this server."))
            }
            let pictures = try await context.images.judge(part, rules: Self.rules, for: MisskeyResult.categories)
            try await pay(1)
            let judgement = Judgement.combined(pictures.map(\.judgement))
            guard let result = judgement.isKnown ? .ofKnownContent : MisskeyResult(judgement) else {
                throw Refusal.failure
            }
            return result
        } catch Refusal.quotaSpent {
            throw Refusal.quotaSpent
        } catch let refusal as Refusal {
            return .failure(Self.problem(refusal).1)
        }
    }

    // MARK: Refusals

    func reply(to refusal: Refusal, call: Call?) throws -> Reply {
        let (status, problem) = Self.problem(refusal)
        var answer = try reply(.failure(problem), status, call)
        answer.allowRetry(after: refusal)
        return answer
    }

    private func reply(_ message: MisskeyReply, _ status: HTTPResponse.Status, _ call: Call?) throws -> Reply {
        var reply = Reply(status: status, body: try WireJSON.encode(message))
        if let field = HTTPField.Name("X-Request-Id") {
            reply.headers[field] = Self.requestID(call?.headers[field])
        }
        return reply
    }

    /// The client's id if it is one, else a new one.
    private static func requestID(_ given: String?) -> String {
        let isValid = given.map { id in
            (1...128).contains(id.utf8.count)
                && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        }
        return isValid == true ? given ?? "" : Identifiers.word("req")
    }

    private static func problem(_ refusal: Refusal) -> (HTTPResponse.Status, MisskeyProblem) {
        let (status, code): (HTTPResponse.Status, MisskeyProblem.Code) =
            switch refusal {
            case .missingKey, .unknownKey, .inactiveKey, .keyNotForDialect: (.unauthorized, .authenticationRequired)
            case .tooLarge, .tooManyFrames, .tooManyPixels: (.contentTooLarge, .requestTooLarge)
            case .unsupportedBody, .unsupportedFormat: (.unsupportedMediaType, .unsupportedMediaType)
            case .notAnImage, .brokenImage, .tooSmall: (.badRequest, .imageDecodeFailed)
            case .unservedTask: (.serviceUnavailable, .modelUnavailable)
            case .quotaSpent, .tooManyRequests: (.tooManyRequests, .detectionFailed)
            case .overloaded, .tooSlow: (.serviceUnavailable, .detectionFailed)
            case .failure: (.internalServerError, .detectionFailed)
            case .wrongMethod: (.methodNotAllowed, .invalidRequest)
            case .unknownPath: (.notFound, .invalidRequest)
            case .crossSite: (.forbidden, .invalidRequest)
            default: (.badRequest, .invalidRequest)
            }
        return (status, MisskeyProblem(code, refusal.sentence))
    }
}
