import HTTPTransport
import Moderation
import Wire

/// PicPurify's image endpoint.
struct PicPurifyEndpoint: ImageEndpoint {
    let account: Account

    /// Its documentation allows 5 requests per second and recommends small pictures.
    static let profile = ServiceProfile(
        address: "https://www.picpurify.com", credentialVariables: ["PICPURIFY_API_KEY"],
        categories: Set(PicPurifyTask.categories.values.joined()).union([.faceMultiple]),
        limits: JPEGLimits(longestSide: 1280, quality: 85), maxBytes: PicPurifyLimits.imageBytes,
        rules: CallingRules(concurrency: 8, rate: 5),
        documentedCost: "a unit for each task, two or three for a face's attributes",
        cost: { PicPurifyTask.units(tasks($0)) })

    /// The fewest tasks that cover the categories, in PicPurify's order.
    static func tasks(_ categories: Set<ContentCategory>) -> [String] {
        var names = PicPurifyTask.categories.filter { name, covered in
            PicPurifyTask.isModeration(name) && !categories.isDisjoint(with: covered)
        }.map(\.key).sorted()
        let (gender, age) = (categories.contains(.genderFemale), categories.contains(.minor))
        if gender && age {
            names.append("face_gender_age_detection")
        } else if gender || age {
            names.append(gender ? "face_gender_detection" : "face_age_detection")
        } else if !categories.isDisjoint(with: [.face, .faceMultiple]) {
            names.append("face_detection")
        }
        return names
    }

    func judge(_ image: ImageRequest, through caller: Caller) async throws -> Billed {
        let names = Self.tasks(image.categories)
        var call = HTTPClientRequest(url: account.address + "/analyse/1.1")
        call.parts = [
            .field("API_KEY", account.credentials[0]), .field("task", names.joined(separator: ",")),
            .jpeg("file_image", image.jpeg),
        ]
        let answer = try await caller.ask(call) { try Self.read($0, PicPurifyImageAnswer.self) }
        let billed = answer.unitsConsumed ?? PicPurifyTask.units(names)
        return Billed(judgement: answer.judgement, operations: billed)
    }

    /// Reads a response of any of its endpoints. The body counts, whatever the status.
    static func read<Answer: Codable & Hashable & Sendable>(_ answer: HTTPClientResponse, _ type: Answer.Type) throws
        -> Answer
    {
        switch try answer.message(PicPurifyReply<Answer>.self) {
        case .answer(let answer): return answer
        case .failure(let failure):
            switch failure.code {
            case .key: throw CallProblem.credentials(failure.message)
            case .account: throw CallProblem.quotaSpent(failure.message)
            case .rate: throw CallProblem.throttled(failure.message)
            case .service: throw CallProblem.busy(failure.message)
            default: throw CallProblem.refused("\(failure.message) (\(failure.code.rawValue))")
            }
        }
    }
}
