import HTTPTransport
import Moderation
import Wire

/// Sightengine's image endpoint.
struct SightengineEndpoint: ImageEndpoint {
    let account: Account

    /// Bytes and pixels are from its help pages. It documents no rate and reports "usage_limit" if one is exceeded.
    static let profile = ServiceProfile(
        address: "https://api.sightengine.com",
        credentialVariables: ["SIGHTENGINE_API_USER", "SIGHTENGINE_API_SECRET"],
        categories: covered.categories, limits: JPEGLimits(longestSide: 1280, quality: 85),
        maxBytes: SightengineLimits.imageBytes,
        rules: CallingRules(concurrency: 16, rate: nil),
        documentedCost: "an operation for each model, none for the properties",
        cost: { SightengineModel.operations(models($0)) })

    /// Not what it reports only in boxes, and not in every response: codes, signs of hate, gestures.
    private static let covered: Coverage = [
        "nudity": [.nudityExplicit, .nuditySuggestive, .nudityAny],
        "wad": [.weapon, .alcohol, .drugs],
        "offensive": [.offensive],
        "scam": [.scam],
        "celebrities": [.celebrity],
        "face-attributes": [.genderFemale, .minor, .sunglasses],
        "face": [.face, .faceMultiple],
        "text": [.textArtificial, .textNatural],
        "type": [.typeIllustration, .typePhoto],
        "properties": [.qualitySharpness, .qualityContrast, .qualityBrightness, .qualityColors],
    ]

    /// The models that cover the categories.
    static func models(_ categories: Set<ContentCategory>) -> [String] {
        let names = covered.names(for: categories)
        // Face attributes include the faces.
        return names.contains("face-attributes") ? names.filter { $0 != "face" } : names
    }

    func judge(_ image: ImageRequest, through caller: Caller) async throws -> Billed {
        let models = Self.models(image.categories)
        var call = HTTPClientRequest(url: account.address + "/1.0/check.json")
        call.parts = credentials + [.field("models", models.joined(separator: ",")), .jpeg("media", image.jpeg)]
        let answer = try await caller.ask(call) { try Self.read($0, SightengineImageAnswer.self) }
        return Billed(
            judgement: answer.results.judgement,
            operations: answer.request.operations ?? Self.profile.cost(image.categories))
    }

    var credentials: [HTTPClientRequest.Part] {
        [.field("api_user", account.credentials[0]), .field("api_secret", account.credentials[1])]
    }

    /// Reads a response of any of its endpoints. The body counts, whatever the status.
    static func read<Answer: Decodable>(_ answer: HTTPClientResponse, _ type: Answer.Type) throws -> Answer {
        if let failure = try? WireJSON.decode(SightengineFailure.self, from: answer.body) {
            let text = "\(failure.error.message) (\(failure.error.type) \(failure.error.code))"
            switch failure.error.type {
            // Code 1 is a wrong key. Its type varies.
            case _ where failure.error.code == 1, "credentials_error": throw CallProblem.credentials(text)
            case "usage_limit" where failure.error.code == 37: throw CallProblem.throttled(text)
            case "usage_limit", "plan_error": throw CallProblem.quotaSpent(text)
            case "api_error", "unknown_error": throw CallProblem.busy(text)
            default: throw CallProblem.refused(text)
            }
        }
        return try answer.message(type)
    }
}
