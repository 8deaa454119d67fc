import Base
import Foundation
import FrameSampling
import Moderation

/// Writes the sampled pictures of an input as `00000001.jpg` … to a folder, with a `manifest.json`.
public struct SampleExport: Sendable {
    /// The video or picture.
    public var input: VideoInput
    /// The folder's path. It is created if it is missing.
    public var folder: String
    /// Which pictures are written, and limits.
    public var sampling: SamplingOptions
    /// The size and quality of the JPEGs.
    public var jpeg: JPEGLimits

    /// Creates an export from its values.
    public init(input: VideoInput, folder: String, sampling: SamplingOptions, jpeg: JPEGLimits) {
        self.input = input
        self.folder = folder
        self.sampling = sampling
        self.jpeg = jpeg
    }

    /// The contents of `manifest.json`, with keys in snake_case.
    public struct Manifest: Codable, Sendable {
        /// One position.
        public struct Frame: Codable, Sendable {
            /// Identifies a picture of the input.
            public struct Info: Codable, Sendable {
                /// Counts from 1.
                public var id: String
                /// ms from the first picture.
                public var position: Int
                /// The picture's timestamp in units of `timeBase`.
                public var pts: Int64
                /// The unit of `pts`, in seconds.
                public var timeBase: TimeBase
            }
            /// The file's name; `nil` if the picture could not be decoded.
            public var file: String?
            /// The picture's place.
            public var info: Info
            /// Whether the position before has the same picture.
            public var reused: Bool
            /// Why there is no file.
            public var error: String?
        }
        /// The input's name, its formats, and the sampling mode.
        public var uri, container, codec, mode: String
        /// The size of the upright picture in pixels, and the rotation that was applied, in degrees.
        public var width, height, rotation: Int
        /// The length in ms; `nil` if the end was not reached.
        public var duration: Int?
        /// Seconds between positions.
        public var frameInterval: Double
        /// Counts of the sampling.
        public var packetsRead, packetsDecoded, picturesDecoded, failures: Int
        /// Whether the input ended before its header says.
        public var truncated: Bool
        /// In order of position.
        public var frames: [Frame]
    }

    /// A file or folder cannot be written.
    public struct WriteError: Error, CustomStringConvertible {
        /// One sentence.
        public let description: String
    }

    /// Writes the pictures and the manifest.
    /// - Parameters:
    ///   - stop: Ends the run early. The manifest then lists what was written.
    ///   - progress: Called with the number of pictures written.
    /// - Returns: The manifest.
    /// - Throws: `WriteError`, before anything is sampled if the folder cannot be written; `FrameSamplingError`.
    public func run(stop: StopSignal = StopSignal(), progress: (Int) -> Void = { _ in }) async throws -> Manifest {
        try prepareFolder()
        let sampler = try await FrameSampler.open(input, options: sampling)
        var frames: [Manifest.Frame] = []
        try await sampler.forEach(onThreads: "framesift jpeg", stop: stop, save) { frame in
            frames.append(frame)
            progress(frames.count)
        }
        let manifest = manifest(sampler, frames.sorted { $0.info.position < $1.info.position })
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try write(Array(try encoder.encode(manifest)), to: "manifest.json")
        return manifest
    }

    @Sendable private func save(_ sample: Sample) throws -> Manifest.Frame {
        var frame = Manifest.Frame(
            file: nil,
            info: .init(
                id: String(sample.index + 1), position: sample.position, pts: sample.time.pts,
                timeBase: sample.time.timeBase),
            reused: sample.reused, error: sample.damaged ? "the picture could not be decoded" : nil)
        guard let picture = sample.picture else { return frame }
        let name = String(format: "%08d.jpg", sample.index + 1)
        try write(try picture.jpeg(within: jpeg), to: name)
        frame.file = name
        return frame
    }

    private func manifest(_ sampler: FrameSampler, _ frames: [Manifest.Frame]) -> Manifest {
        let header = sampler.header, report = sampler.report
        return Manifest(
            uri: input.name, container: header.container, codec: header.codec, mode: sampling.mode.rawValue,
            width: header.width, height: header.height, rotation: header.rotation,
            duration: report.duration.map { $0.wholeMilliseconds }, frameInterval: sampling.interval.inSeconds,
            packetsRead: report.packetsRead, packetsDecoded: report.packetsDecoded,
            picturesDecoded: report.picturesDecoded, failures: report.failures, truncated: report.isTruncated,
            frames: frames)
    }

    private func prepareFolder() throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw WriteError(description: "\(folder): the folder cannot be made.")
        }
        try write([], to: "manifest.json")
    }

    private func write(_ bytes: [UInt8], to name: String) throws {
        let path = folder + "/" + name
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
            throw WriteError(description: "\(path): cannot be written.")
        }
    }
}
