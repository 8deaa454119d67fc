/// The response to looking up or stopping a job.
public struct SightengineLookup: Hashable, Sendable, Codable {
    /// `success`.
    public var status = "success"
    /// The request.
    public var request: SightengineRequest
    /// The job; `nil` after stopping it.
    public var output: SightengineProgress?

    /// See the properties of the same names.
    public init(request: SightengineRequest, output: SightengineProgress?) {
        (self.request, self.output) = (request, output)
    }
}

/// The response to listing the jobs in progress. Sightengine does not document its format; this is Framesift's.
public struct SightengineOngoing: Hashable, Sendable, Codable {
    /// The content of the response.
    public struct Output: Hashable, Sendable, Codable {
        /// The jobs in progress.
        public var data: [SightengineProgress]
    }
    /// `success`.
    public var status = "success"
    /// The request.
    public var request: SightengineRequest
    /// The jobs in progress.
    public var output: Output

    /// See the properties of the same names.
    public init(request: SightengineRequest, jobs: [SightengineProgress]) {
        (self.request, output) = (request, Output(data: jobs))
    }
}

/// The response to a request for an upload address, which large files need.
public struct SightengineUploadPlace: Hashable, Sendable, Codable {
    /// Where to send the file.
    public struct Upload: Hashable, Sendable, Codable {
        /// The address to which the file is sent.
        public var url: String
        /// In Unix seconds; missing in some responses.
        public var expires: Int?
    }
    /// `success`.
    public var status = "success"
    /// The request and the file to upload.
    public var request: SightengineRequest, media: SightengineMedia
    /// Where to send the file.
    public var upload: Upload

    /// See the properties of the same names, and those of `Upload`.
    public init(request: SightengineRequest, media: SightengineMedia, url: String, expires: Int?) {
        (self.request, self.media, upload) = (request, media, Upload(url: url, expires: expires))
    }
}
