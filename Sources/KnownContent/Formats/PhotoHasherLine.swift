/// The format of pdq-photo-hasher: `hash,quality,file`, one line per picture. File and quality may be missing.
struct PhotoHasherLine: HashLineFormat {
    func read(_ fields: [Field]) -> Result<HashRecord, HashProblem> {
        guard let hash = fields.first else { return .failure(.notHexadecimal) }
        return HashRecord.read(hash, quality: fields.count > 1 ? fields[1] : nil)
    }
}
