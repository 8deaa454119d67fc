/// The answer when a submitted video is asked for by its id, or stopped.
public struct SightengineLookup: Hashable, Sendable, Codable {
    public var status = "success"
    public var request: SightengineRequest
    /// `nil` in the answer to stopping.
    public var output: SightengineProgress?

    public init(request: SightengineRequest, output: SightengineProgress?) {
        self.request = request
        self.output = output
    }
}

/// The submitted videos that are being judged. Its shape is not documented; this is ours.
public struct SightengineOngoing: Hashable, Sendable, Codable {
    public struct Output: Hashable, Sendable, Codable {
        public var data: [SightengineProgress]
    }
    public var status = "success"
    public var request: SightengineRequest
    public var output: Output

    public init(request: SightengineRequest, jobs: [SightengineProgress]) {
        self.request = request
        output = Output(data: jobs)
    }
}

/// Where a large file is sent to.
public struct SightengineUploadPlace: Hashable, Sendable, Codable {
    public struct Upload: Hashable, Sendable, Codable {
        public var url: String
        /// Unix time, seconds; some answers have none.
        public var expires: Int?
    }
    public var status = "success"
    public var request: SightengineRequest
    public var media: SightengineMedia
    public var upload: Upload

    public init(request: SightengineRequest, media: SightengineMedia, url: String, expires: Int?) {
        self.request = request
        self.media = media
        upload = Upload(url: url, expires: expires)
    }
}
