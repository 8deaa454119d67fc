/// Hashes in JSON: ThreatExchange's indicators, StopNCII's records, vPDQ's array of frames, or an array of hashes.
extension HashList {
    /// Throws `KnownContentError.malformed`; `path` is for it.
    mutating func readJSON(_ text: UnsafeRawBufferPointer, path: String) throws {
        var list = self
        // Frames tell their quality; a mere hash in an array may be anything's.
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
        } catch let problem as JSONText.Problem {
            throw KnownContentError.malformed(path: path, line: problem.line, reason: problem.reason)
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

/// An object of a service's answer that names a hash.
private enum HashObject {
    case hash(Field)
    /// Of another kind, or taken back.
    case other

    static let keys: Set<String> = [
        "type", "indicator", "should_delete", "is_expired", "signalType", "hashValue", "hashStatus",
    ]

    /// `nil`: it names none.
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

/// A string of vPDQ's array: `hash,quality,seconds`; or a mere hash.
private enum FrameElement {
    /// `nil`: tags and the like, which stand in arrays too.
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
        default: return .failure(.fields("a frame is a hash, a quality and seconds"))
        }
    }
}
