import FrameSampling

/// Tells what is not media from media that is broken, once it could not be opened.
enum MediaSignature {
    /// How many bytes of a file's beginning are looked at.
    static let length = 400

    /// Whether a file that was found in a folder is something other than a video or a picture.
    /// - Parameters:
    ///   - code: Why it could not be opened.
    ///   - beginning: The first bytes of the file.
    static func isNotMedia(_ code: FrameSamplingError.Code, beginning: [UInt8]) -> Bool {
        switch code {
        // Subtitles and playlists refer to other files, which are found by themselves.
        case .noVideo, .coverOnly, .empty, .notAnImage, .refusedFormat: true
        case .invalidData, .endOfFile: !isMedia(beginning)
        default: false
        }
    }

    /// Whether bytes begin like a container of video or like a picture.
    static func isMedia(_ bytes: [UInt8]) -> Bool {
        func holds(_ text: String, at place: Int = 0) -> Bool { bytes.dropFirst(place).starts(with: text.utf8) }
        func begins(_ first: UInt8...) -> Bool { bytes.starts(with: first) }
        let boxes = ["ftyp", "moov", "mdat", "free", "skip", "wide", "pnot", "moof", "styp", "sidx"]
        if boxes.contains(where: { holds($0, at: 4) }) { return true }
        // Matroska, ASF, MPEG-PS and video, JPEG.
        if begins(0x1A, 0x45, 0xDF, 0xA3) || begins(0x30, 0x26, 0xB2, 0x75) || begins(0, 0, 1, 0xBA)
            || begins(0, 0, 1, 0xB3) || begins(0xFF, 0xD8, 0xFF)
        {
            return true
        }
        // MPEG-TS, with and without the timestamps of Blu-ray.
        if [(0, 188), (4, 192)].contains(where: { first, step in
            (0..<2).allSatisfy { bytes.dropFirst(first + $0 * step).first == 0x47 }
        }) {
            return true
        }
        let starts = ["FLV\u{1}", "OggS", "GIF8", ".RMF", "DKIF", "%PDF", "8BPS", "\u{6}\u{E}+4"]
        if starts.contains(where: { holds($0) }) { return true }
        if begins(0x89, 0x50, 0x4E, 0x47) || holds("II*\0") || holds("MM\0*") { return true }
        return holds("RIFF") && ["AVI ", "WEBP"].contains { holds($0, at: 8) }
    }
}
