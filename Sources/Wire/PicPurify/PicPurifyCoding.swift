import Foundation

// PicPurify uses the task as the key of each result, and its subject as the key of the boolean in it
// (`porn_moderation` → `porn_content`).

private enum Field {
    static let status = AnyKey("status"), media = AnyKey("media"), faces = AnyKey("face_detection")
    static let decision = AnyKey("final_decision"), confidence = AnyKey("confidence_score_decision")
    static let rejectCriteria = AnyKey("reject_criteria"), taskCall = AnyKey("task_call")
    static let subCalls = AnyKey("sub_calls"), performed = AnyKey("performed")
    static let computeTime = AnyKey("total_compute_time")
    static let unitsAsked = AnyKey("nb_units"), unitsConsumed = AnyKey("units_consumed")
}

private func decision<Key>(_ fields: KeyedDecodingContainer<Key>, _ key: Key) -> String? {
    // Documented as " KO", with a space.
    fields.text(key)?.trimmingCharacters(in: .whitespaces).uppercased()
}

private func requireSomeResult<Key>(
    _ decoder: any Decoder, _ fields: KeyedDecodingContainer<Key>, _ keys: Key...
) throws {
    guard keys.contains(where: fields.contains) else {
        throw DecodingError.dataCorrupted(
            .init(codingPath: decoder.codingPath, debugDescription: "neither a status nor a decision"))
    }
}

private struct ClassifierFields {
    private static let confidence = AnyKey("confidence_score"), time = AnyKey("compute_time")

    static func names(_ key: AnyKey) -> Bool { PicPurifyTask.isModeration(key.stringValue) }

    static func read(_ fields: KeyedDecodingContainer<AnyKey>) -> PicPurifyClassifier? {
        guard let key = fields.allKeys.first(where: { $0.stringValue.hasSuffix("_content") }),
            let content = fields.flag(key)
        else { return nil }
        return PicPurifyClassifier(
            content: content, confidence: fields.number(confidence) ?? 0.5, computeTime: fields.number(time) ?? 0)
    }

    static func write(
        _ classifier: PicPurifyClassifier, task: String, into fields: inout KeyedEncodingContainer<AnyKey>
    ) throws {
        try fields.encode(classifier.content, forKey: AnyKey(PicPurifyTask.subject(task) + "_content"))
        try fields.encode(classifier.confidence, forKey: confidence)
        try fields.encode(classifier.computeTime, forKey: time)
    }
}

extension PicPurifyImageAnswer: Codable {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: AnyKey.self)
        try requireSomeResult(decoder, fields, Field.status, Field.decision)
        self.init(media: fields.object(PicPurifyMedia.self, Field.media) ?? PicPurifyMedia(mediaID: ""))
        status = fields.text(Field.status) ?? "success"
        finalDecision = decision(fields, Field.decision)
        confidenceScoreDecision = fields.number(Field.confidence)
        for key in fields.allKeys where ClassifierFields.names(key) {
            guard let nested = try? fields.nestedContainer(keyedBy: AnyKey.self, forKey: key) else { continue }
            classifiers[key.stringValue] = ClassifierFields.read(nested)
        }
        faceDetection = fields.object(PicPurifyFaceDetection.self, Field.faces)
        taskCall = fields.text(Field.taskCall) ?? ""
        subCalls = fields.list(String.self, Field.subCalls) ?? []
        performed = fields.list(String.self, Field.performed) ?? []
        rejectCriteria = fields.list(String.self, Field.rejectCriteria) ?? []
        totalComputeTime = fields.number(Field.computeTime) ?? 0
        (unitsAsked, unitsConsumed) = (fields.integer(Field.unitsAsked), fields.integer(Field.unitsConsumed))
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: AnyKey.self)
        try fields.encode(status, forKey: Field.status)
        try fields.encodeIfPresent(finalDecision, forKey: Field.decision)
        try fields.encodeIfPresent(confidenceScoreDecision, forKey: Field.confidence)
        for (task, classifier) in classifiers {
            var nested = fields.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey(task))
            try ClassifierFields.write(classifier, task: task, into: &nested)
        }
        try fields.encodeIfPresent(faceDetection, forKey: Field.faces)
        try fields.encode(taskCall, forKey: Field.taskCall)
        try fields.encode(subCalls, forKey: Field.subCalls)
        try fields.encode(performed, forKey: Field.performed)
        try fields.encode(rejectCriteria, forKey: Field.rejectCriteria)
        try fields.encode(media, forKey: Field.media)
        try fields.encode(totalComputeTime, forKey: Field.computeTime)
        try fields.encodeIfPresent(unitsAsked, forKey: Field.unitsAsked)
        try fields.encodeIfPresent(unitsConsumed, forKey: Field.unitsConsumed)
    }
}

extension PicPurifyVideoAnswer {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        try requireSomeResult(decoder, fields, .status, .finalDecision)
        self.init(media: fields.object(PicPurifyMedia.self, .media) ?? PicPurifyMedia(mediaID: ""))
        status = fields.text(.status) ?? "success"
        taskCall = fields.text(.taskCall) ?? ""
        images = try fields.decodeIfPresent([PicPurifyImageAnswer].self, forKey: .images) ?? []
        nbImages = fields.integer(.nbImages) ?? images.count
        nbImagesOK = fields.integer(.nbImagesOK) ?? images.count { $0.finalDecision == "OK" }
        nbImagesKO = fields.integer(.nbImagesKO) ?? images.count { $0.finalDecision == "KO" }
        finalDecision = decision(fields, .finalDecision)
        confidenceScoreDecision = fields.number(.confidenceScoreDecision)
        totalComputeTime = fields.number(.totalComputeTime) ?? 0
        outcome = fields.object(PolicyOutcome.self, .outcome)
    }
}

extension PicPurifyFailure: Codable {
    private enum CodingKeys: String, CodingKey { case status, error }
    private enum ErrorKeys: String, CodingKey { case errorCode, errorMsg }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let error = try fields.nestedContainer(keyedBy: ErrorKeys.self, forKey: .error)
        code = Code(rawValue: error.integer(.errorCode) ?? Code.service.rawValue)
        message = error.text(.errorMsg) ?? ""
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode("failure", forKey: .status)
        var error = fields.nestedContainer(keyedBy: ErrorKeys.self, forKey: .error)
        try error.encode(code.rawValue, forKey: .errorCode)
        try error.encode(message, forKey: .errorMsg)
    }
}
