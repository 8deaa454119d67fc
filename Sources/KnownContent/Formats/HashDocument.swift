/// Hashes in JSON: ThreatExchange's indicators, StopNCII's records, vPDQ's array of frames, or an array of hashes.
extension HashList {
    /// - Parameter path: For errors.
    /// - Throws: `KnownContentError.malformed`
    mutating func readJSON(_ text: UnsafeRawBufferPointer, path: String) throws(KnownContentError) {
        var list = self
        // Frames state their quality. A hash alone may not be a frame.
        var frames = 0
        var document = JSONText(text, keys: HashObject.keys) { members, line in
            switch HashObject(members) {
            case .hash(let digits)?: list.take(HashRecord.read(digits, quality: nil), line: line)
            case .other?, nil: break
            }
        } onElement: { element, line in
            guard let record = FrameElement.read(element) else { return }
            if case .success(let read) = record, read.quality != nil { frames += 1 }
            list.take(record, line: line)
        }
        do {
            try document.walk()
        } catch {
            throw .malformed(path: path, line: error.line, reason: error.reason)
        }
        self = list
        isVideo = frames > 0 && frames == entries.count
    }

    private mutating func take(_ record: Result<HashRecord, HashProblem>, line: Int) {
        switch record {
        case .success(let record): entries.append(Entry(hash: record.hash, quality: record.quality, line: line))
        case .failure(let problem): note(problem.reason, line: line)
        }
    }
}

/// An object in a service's response that may hold a hash.
private enum HashObject {
    case hash(Field)
    /// Not a PDQ hash, or withdrawn.
    case other

    static let keys: Set<String> = [
        "type", "indicator", "should_delete", "is_expired", "signalType", "hashValue", "hashStatus",
    ]

    init?(_ members: JSONText.Members) {
        let words = members.mapValues { String(decoding: $0, as: UTF8.self) }
        if let type = words["type"], let indicator = members["indicator"] {
            let isGone = words["should_delete"] == "true" || words["is_expired"] == "true"
            self = type == "HASH_PDQ" && !isGone ? .hash(indicator) : .other
        } else if let type = words["signalType"], let value = members["hashValue"] {
            self = type == "ImagePDQ" && words["hashStatus"]?.lowercased() != "deleted" ? .hash(value) : .other
        } else {
            return nil
        }
    }
}

/// A string in vPDQ's array, `hash,quality,seconds`, or a hash alone.
private enum FrameElement {
    /// Returns `nil` for other strings, such as tags, which occur in arrays too.
    static func read(_ element: Field) -> Result<HashRecord, HashProblem>? {
        let fields = TextLine(element).fields
        guard fields[0].count >= PDQHash.digits / 2, fields[0].allSatisfy({ PDQHash.value(of: $0) != nil }) else {
            return nil
        }
        switch fields.count {
        case 1: return HashRecord.read(fields[0], quality: nil)
        case 2, 3:
            if fields.count == 3, !fields[2].isDecimal { return .failure(.seconds) }
            return HashRecord.read(fields[0], quality: fields[1])
        default: return .failure(.fields("a frame has a hash, a quality and seconds"))
        }
    }
}
