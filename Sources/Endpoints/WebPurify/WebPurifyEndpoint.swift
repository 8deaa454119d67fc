import HTTPTransport
import Moderation
import Wire

/// Offers pictures to services that only take addresses.
public protocol PictureHost: Sendable {
    /// Makes a picture available until `withdraw` is called.
    /// - Returns: The picture's address.
    func offer(_ jpeg: [UInt8]) -> String
    /// Withdraws a picture.
    /// - Parameter address: What `offer` returned.
    func withdraw(_ address: String)
}

/// WebPurify AIM 1.0. It only takes addresses, so each picture is offered while it is being judged.
struct WebPurifyEndpoint: ImageEndpoint {
    let account: Account
    /// `nil` if only the quota is asked for.
    let host: (any PictureHost)?

    /// Its documentation names the formats and a minimum of 50 × 50 pixels, but no rate.
    static let profile = ServiceProfile(
        address: "https://im-api1.webpurify.com", credentialVariables: ["WEBPURIFY_API_KEY"], takesAddressesOnly: true,
        categories: cats.categories, limits: JPEGLimits(longestSide: 1024, quality: 85),
        maxBytes: WebPurifyLimits.imageBytes, rules: CallingRules(concurrency: 4, rate: nil),
        documentedCost: "a request", cost: { _ in 1 })

    private static let cats: Coverage = [
        "nudity": [.nudityExplicit, .nuditySuggestive, .nudityAny],
        "wad": [.weapon, .alcohol, .drugs],
        "offensive": [.offensive],
        "gore": [.gore],
        "scam": [.scam],
        "text": [.textArtificial, .textNatural],
        "faces": [.face, .genderFemale, .minor, .sunglasses],
        "celebrities": [.celebrity],
    ]

    func judge(_ image: ImageRequest, through caller: Caller) async throws -> Billed {
        guard let host else {
            throw JudgeStop(
                .unavailable, "webpurify takes addresses only, and there is no host to offer pictures from.")
        }
        let address = host.offer(image.jpeg)
        defer { host.withdraw(address) }
        let call = request(
            "webpurify.aim.imgcheck",
            [("cats", Self.cats.names(for: image.categories).joined(separator: ",")), ("imgurl", address)])
        let answer = try await caller.ask(call, read: Self.read)
        var judgement = answer.judgement
        if image.categories.contains(.face), judgement.probabilities[.face] == nil {
            judgement.probabilities[.face] = 0
        }
        return Billed(judgement: judgement, operations: 1)
    }

    func quota(through caller: Caller) async throws -> Int? {
        try await caller.ask(request("webpurify.aim.imgaccount", []), read: Self.read).remaining
    }

    /// Sends the fields as a form, because a key in the URL would end up in logs.
    private func request(_ method: String, _ fields: [(String, String)]) -> HTTPClientRequest {
        var call = HTTPClientRequest(url: account.address + "/services/rest/")
        call.form = [("method", method), ("api_key", account.credentials[0]), ("format", "json")] + fields
        return call
    }

    /// Reads JSON, which was asked for, or XML, which it sends regardless in some cases.
    private static func read(_ answer: HTTPClientResponse) throws -> WebPurifyAnswer {
        guard let reply = (try? WebPurifyReply(json: answer.body)) ?? (try? WebPurifyReply(xml: answer.body)) else {
            throw CallProblem.unreadable
        }
        switch reply {
        case .answer(let answer): return answer
        case .failure(let failure):
            let text = "\(failure.message) (\(failure.code.rawValue))"
            if answer.status == 429 { throw CallProblem.throttled(text) }
            if answer.status >= 500 { throw CallProblem.busy(text) }
            switch failure.code {
            case .invalidKey, .inactiveKey, .missingKey: throw CallProblem.credentials(text)
            case .outOfRequests: throw CallProblem.quotaSpent(text)
            case .notFound, .invalidURL:
                throw CallProblem.refused("\(text): is --public-url an address that the service can reach?")
            default: throw CallProblem.refused(text)
            }
        }
    }
}
