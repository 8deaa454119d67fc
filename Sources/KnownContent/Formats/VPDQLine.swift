import Base

/// The text format of vPDQ: `frame,quality,hash,seconds`, one line per frame of a video.
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

/// Writes the text format of vPDQ.
public enum VPDQ {
    /// Returns a line, without its line break.
    /// - Parameters:
    ///   - frame: The number of the frame, from 0.
    ///   - quality: The quality of the hash, 0…100.
    ///   - hash: The hash of the frame.
    ///   - milliseconds: The time of the frame since the first one, in ms.
    public static func line(frame: Int, quality: Int, hash: PDQHash, milliseconds: Int) -> String {
        "\(frame),\(quality),\(hash.hexadecimal),\(Timecode(milliseconds: milliseconds).inSeconds)"
    }
}
