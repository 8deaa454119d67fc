/// Hashes in JSON: ThreatExchange's indicators, StopNCII's records, vPDQ's array of frames, or an array of hashes.
extension HashList {
    /// The keys of objects that may hold a hash.
    private static let keys: Set<String> = [
        "type", "indicator", "should_delete", "is_expired", "signalType", "hashValue", "hashStatus",
    ]

    /// - Parameter path: For errors.
    /// - Throws: `KnownContentError.malformed`
    mutating func readJSON(_ text: UnsafeRawBufferPointer, path: String) throws(KnownContentError) {
        var list = self
        // Frames state their quality. A hash alone may not be a frame.
        var frames = 0
        var document = JSONText(text, keys: Self.keys) { members, line in
            guard let digits = Self.hash(in: members) else { return }
            list.take(line: line) { () throws(HashProblem) in try HashRecord(digits, quality: nil) }
        } onElement: { element, line in
            let record = list.take(line: line) { () throws(HashProblem) in try Self.frame(element) }
            if record?.quality != nil { frames += 1 }
        }
        do {
            try document.walk()
        } catch {
            throw .malformed(path: path, line: error.line, reason: error.reason)
        }
        self = list
        isVideo = frames > 0 && frames == entries.count
    }

    /// The hash in an object of a service's response; `nil` if there is none, or it is no PDQ hash, or withdrawn.
    private static func hash(in members: JSONText.Members) -> Field? {
        let words = members.mapValues { String(decoding: $0, as: UTF8.self) }
        if let type = words["type"], let indicator = members["indicator"] {
            let isGone = words["should_delete"] == "true" || words["is_expired"] == "true"
            return type == "HASH_PDQ" && !isGone ? indicator : nil
        }
        guard words["signalType"] == "ImagePDQ", words["hashStatus"]?.lowercased() != "deleted" else { return nil }
        return members["hashValue"]
    }

    /// A string in vPDQ's array, `hash,quality,seconds`, or a hash alone. Returns `nil` for other strings, such as tags,
    /// which occur in arrays too.
    private static func frame(_ element: Field) throws(HashProblem) -> HashRecord? {
        let fields = element.fields
        guard fields[0].count >= PDQHash.digits / 2, fields[0].allSatisfy({ PDQHash.value(of: $0) != nil }) else {
            return nil
        }
        guard fields.count <= 3 else { throw HashProblem(reason: "a frame has a hash, a quality and seconds.") }
        if fields.count == 3, !fields[2].isDecimal { throw .seconds }
        return try HashRecord(fields[0], quality: fields.count > 1 ? fields[1] : nil)
    }
}
