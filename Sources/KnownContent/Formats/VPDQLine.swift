import Base

/// vPDQ's text: `frame,quality,hash,seconds`, a line a frame of one video.
struct VPDQLine: HashLineFormat {
    func read(_ fields: [Field]) -> Result<HashRecord, HashProblem> {
        guard fields.count == 4 else {
            return .failure(.fields("a vPDQ line has four fields: frame, quality, hash, seconds"))
        }
        guard fields[0].number != nil else { return .failure(.frame) }
        guard fields[3].isDecimal else { return .failure(.seconds) }
        return HashRecord.read(fields[2], quality: fields[1])
    }
}

/// vPDQ's text.
public enum VPDQ {
    /// A line, without its end.
    /// - Parameters:
    ///   - frame: From 0.
    ///   - quality: 0…100.
    ///   - milliseconds: Of the frame, from the first one on.
    public static func line(frame: Int, quality: Int, hash: PDQHash, milliseconds: Int) -> String {
        "\(frame),\(quality),\(hash.hexadecimal),\(Timecode(milliseconds: milliseconds).inSeconds)"
    }
}
