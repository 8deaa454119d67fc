/// What pdq-photo-hasher writes: `hash,quality,file`, a line a picture; the file may be missing, and the quality.
struct PhotoHasherLine: HashLineFormat {
    func read(_ fields: [Field]) -> Result<HashRecord, HashProblem> {
        guard let hash = fields.first else { return .failure(.notHexadecimal) }
        return HashRecord.read(hash, quality: fields.count > 1 ? fields[1] : nil)
    }
}
