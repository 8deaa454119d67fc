import Base

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
