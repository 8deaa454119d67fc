import Moderation

extension ModerationResult {
    /// Where its last picture ends, ms; one interval after the last sample where that was not measured.
    var end: Int {
        let last = frames.last?.info.position
        return max(media.duration ?? last.map { $0 + Int(frameInterval * 1000) } ?? 0, last ?? 0)
    }
}

extension ModerationResult {
    /// Video streams that pictures were judged of; empty where nobody said.
    var judgedStreams: [Int] { Set(frames.compactMap(\.info.stream)).sorted() }

    /// Which video stream something is of, where there are several: "stream 1"; else `nil`.
    func streamWords(_ stream: Int?) -> String? {
        guard judgedStreams.count > 1, let stream else { return nil }
        return "stream \(stream)"
    }

    /// One sentence about video streams that nobody looked at; `nil` where there are none.
    var unseenStreams: String? {
        let unseen = (media.streams ?? []).filter { !$0.lookedAt }
        guard !unseen.isEmpty else { return nil }
        let list = unseen.prefix(8).map { stream in
            let words = [stream.codec, "\(stream.width)×\(stream.height)"] + stream.disposition
            return "\(stream.index) (\(words.joined(separator: ", ")))"
        }
        let rest = unseen.count > 8 ? " and \(unseen.count - 8) more" : ""
        return "Not looked at: video stream \(list.joined(separator: ", "))\(rest)."
    }
}

extension Segment {
    /// What became of it, after a comma; empty where nobody looked.
    var standingWords: String { standing.map { ", \($0.rawValue)" } ?? "" }
}
