import Foundation

/// What is on screen when, according to the ffmpeg program: it decodes everything, and nothing of ours is involved.
/// In one thread: with several, its answers for MPEG-4 with pictures that are not coded change from run to run.
public struct Oracle: Sendable {
    public struct Picture: Sendable, Equatable {
        public let pts: Int64
        /// In units of the time base.
        public let duration: Int64
        /// SHA-256 of the picture as decoded.
        public let hash: String
    }

    public struct Position: Sendable, Equatable {
        public let index: Int
        public let pts: Int64
        public let hash: String

        public init(index: Int, pts: Int64, hash: String) {
            self.index = index
            self.pts = pts
            self.hash = hash
        }
    }

    public struct Problem: Error { let text: String }

    public let pictures: [Picture]
    public let timeBase: (numerator: Int64, denominator: Int64)

    private struct Probe: Decodable {
        struct Stream: Decodable { let timeBase: String }
        struct Frame: Decodable {
            let bestEffortTimestamp: Int64?
            let pktDuration: Int64?
        }
        let streams: [Stream]
        let frames: [Frame]
    }

    public init(path: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let probe = try decoder.decode(
            Probe.self,
            from: try run(
                "ffprobe",
                [
                    "-v", "error", "-threads", "1", "-select_streams", "v:0", "-show_entries",
                    "stream=time_base:frame=best_effort_timestamp,pkt_duration", "-of", "json", path,
                ]
            ).output)
        let hashes = try run(
            "ffmpeg",
            [
                "-v", "error", "-nostdin", "-threads", "1", "-noautorotate", "-i", path, "-map", "0:v:0", "-fps_mode",
                "passthrough",
                "-f", "framehash", "-hash", "sha256", "-",
            ]
        ).text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            .compactMap { $0.split(separator: ",").last?.trimmingCharacters(in: .whitespaces) }
        guard hashes.count == probe.frames.count, !hashes.isEmpty, let stream = probe.streams.first else {
            throw Problem(text: "\(path): ffprobe sees \(probe.frames.count) pictures, ffmpeg \(hashes.count)")
        }
        let parts = stream.timeBase.split(separator: "/").compactMap { Int64($0) }
        timeBase = (parts[0], parts[1])
        var pictures: [Picture] = []
        for (frame, hash) in zip(probe.frames, hashes) {
            // ffmpeg's own guess for a picture without any timestamp: where the one before ends.
            let guess = pictures.last.map { $0.pts + $0.duration } ?? 0
            pictures.append(
                Picture(pts: frame.bestEffortTimestamp ?? guess, duration: frame.pktDuration ?? 0, hash: hash))
        }
        self.pictures = pictures
    }

    /// The picture with the largest pts at or before k · interval after the first, for every k before the last one's end.
    /// - Parameter interval: In ms.
    public func positions(every interval: Int64) -> [Position] {
        let first = pictures[0].pts
        let last = pictures[pictures.count - 1]
        // Compared in units of 1/(1000 · denominator) s, exactly.
        func scaled(_ pts: Int64) -> Int64 { (pts - first) * timeBase.numerator * 1000 }
        let end = scaled(last.pts + last.duration)
        var positions: [Position] = []
        var current = 0
        var index: Int64 = 0
        while index * interval * timeBase.denominator < end {
            let time = index * interval * timeBase.denominator
            while current + 1 < pictures.count, scaled(pictures[current + 1].pts) <= time { current += 1 }
            positions.append(
                Position(index: Int(index), pts: pictures[current].pts, hash: pictures[current].hash))
            index += 1
        }
        return positions
    }
}
