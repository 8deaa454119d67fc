import Forms
import FuzzDriver

/// However a body is cut, it says the same, or is wrong in the same way.
func checkMultipart(_ body: [UInt8]) {
    let whole = events(of: body, piece: body.count)
    for piece in [1, 2, 3, 7, 64] where piece < body.count {
        let cut = events(of: body, piece: piece)
        require(whole == cut, "in pieces of \(piece): \(cut), whole: \(whole)")
    }
}

private func events(of body: [UInt8], piece: Int) -> Result<[MultipartParser.Event], FormProblem> {
    Result { () throws(FormProblem) in
        do {
            var parser = try MultipartParser(contentType: "multipart/form-data; boundary=B", maxParts: 4)
            var events: [MultipartParser.Event] = []
            var rest = body[...]
            while !rest.isEmpty {
                events += try rest.prefix(piece).withUnsafeBytes { try parser.feed($0) }
                rest = rest.dropFirst(piece)
            }
            return joined(events + (try parser.finish()))
        } catch let problem as FormProblem {
            throw problem
        } catch {
            fatalError("\(error)")
        }
    }
}

/// With bytes that follow each other as one event.
private func joined(_ events: [MultipartParser.Event]) -> [MultipartParser.Event] {
    events.reduce(into: []) { joined, event in
        if case .bytes(let more) = event, case .bytes(let before) = joined.last {
            joined[joined.count - 1] = .bytes(before + more)
        } else {
            joined.append(event)
        }
    }
}

/// What was decoded, encoded again, decodes to the same; and it is counted as it is decoded.
func checkURLEncoded(_ text: [UInt8]) {
    guard let fields = try? URLEncoded.decode(text, limit: .max) else { fatalError("refused without a limit") }
    let encoded = fields.map { escaped($0.name) + "=" + escaped($0.value) }.joined(separator: "&")
    let again = (try? URLEncoded.decode(Array(encoded.utf8), limit: fields.count)) ?? []
    require(again.elementsEqual(fields, by: ==), "\(again), first: \(fields)")
    require(isTaken(text, limit: fields.count), "counted as more than \(fields.count)")
    require(fields.isEmpty || !isTaken(text, limit: fields.count - 1), "counted as less than \(fields.count)")
}

private func isTaken(_ text: [UInt8], limit: Int) -> Bool {
    var counter = URLEncoded.Counter(limit: limit)
    let counts = (try? text.withUnsafeBytes { try counter.feed($0) }) != nil
    require(counts == ((try? URLEncoded.decode(text, limit: limit)) != nil), "counted and decoded differ at \(limit)")
    return counts
}

private func escaped(_ text: String) -> String {
    text.utf8.map { byte in
        let isPlain = (48...57).contains(byte) || (97...122).contains(byte)
        let digits = String(byte, radix: 16)
        return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + digits
    }.joined()
}

/// Values that are quoted are found as they were.
func checkHeader(_ header: [UInt8]) {
    let text = String(decoding: header, as: UTF8.self)
    _ = HeaderParameters(text)["name"]
    guard !text.utf8.contains(UInt8(ascii: "\\")) else { return }
    let quoted = text.unicodeScalars.map { $0 == "\"" ? "\\\"" : String($0) }.joined()
    let found = HeaderParameters("form-data; name=\"\(quoted)\"; filename=x")
    require(found["name"] == text && found["filename"] == "x", "\(found)")
}
