import HTTPTransport
import Moderation
import Wire

/// ModerateContent's image endpoint.
struct ModerateContentEndpoint: ImageEndpoint {
    let account: Account

    /// Its documentation limits pictures to 10 MB and recommends less than 1 MB. It documents no rate.
    static let profile = ServiceProfile(
        address: "https://api.moderatecontent.com", credentialVariables: ["MODERATECONTENT_KEY"],
        categories: [.nudityExplicit, .nuditySuggestive, .nudityAny, .face, .faceMultiple, .minor, .genderFemale],
        limits: JPEGLimits(longestSide: 1024, quality: 85), maxBytes: ModerateContentLimits.imageBytes,
        rules: CallingRules(concurrency: 4, rate: nil), documentedCost: "a request", cost: { _ in 1 })

    func judge(_ image: ImageRequest, through caller: Caller) async throws -> Billed {
        var call = HTTPClientRequest(url: account.address + "/moderate/")
        let wantsFaces = !image.categories.isDisjoint(with: [.face, .faceMultiple, .minor, .genderFemale])
        call.parts = [
            .field("key", account.credentials[0]), .field("face", wantsFaces ? "true" : "false"),
            .jpeg("file", image.jpeg),
        ]
        let answer = try await caller.ask(call, read: Self.read)
        var judgement = answer.judgement(width: image.width, height: image.height)
        if wantsFaces, answer.faces == nil {
            (judgement.probabilities[.face], judgement.probabilities[.faceMultiple]) = (0, 0)
        }
        return Billed(judgement: judgement, operations: 1)
    }

    private static func read(_ answer: HTTPClientResponse) throws -> ModerateContentAnswer {
        switch try answer.message(ModerateContentReply.self) {
        case .answer(let answer): return answer
        case .failure(let failure):
            let text = "\(failure.message) (\(failure.code.rawValue))"
            // Its documentation has no codes for these, so the status decides.
            if answer.status == 429 { throw CallProblem.throttled(text) }
            if answer.status >= 500 { throw CallProblem.busy(text) }
            if answer.status == 401 || failure.code == .permissions { throw CallProblem.credentials(text) }
            throw CallProblem.refused(text)
        }
    }
}
