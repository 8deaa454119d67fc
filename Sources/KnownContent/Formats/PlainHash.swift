/// One hash per line and nothing else.
struct PlainHash: HashLineFormat {
    func read(_ fields: [Field]) -> Result<HashRecord, HashProblem> {
        guard fields.count == 1 else { return .failure(.fields("a line of plain hashes is one hash")) }
        return HashRecord.read(fields[0], quality: nil)
    }
}
