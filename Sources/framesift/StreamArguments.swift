import ArgumentParser
import FrameSampling
import ObjectStorage
import Pipeline

/// Which live streams to watch, and how to read them.
struct StreamArguments: ParsableArguments {
    @Argument(help: "Addresses (rtmp, rtsp, srt, http, https, HLS playlists) or SDP files. NAME=ADDRESS sets a name.")
    var streams: [String]

    @Option(help: "Seconds between samples, 0.1 to 3600.")
    var frameInterval = 1.0

    @Flag(help: "Take the keyframe at or before each position: cheaper, but pictures between keyframes are not seen.")
    var keyframes = false

    @Option(help: "Watch this many seconds.")
    var duration: Double?

    @Option(help: "Seconds to wait for a stream to open.")
    var openDeadline = 15.0

    @Option(help: "Seconds without data after which to reconnect.")
    var readDeadline = 10.0

    @Option(help: "Seconds without a picture after which a stream counts as stalled.")
    var stalledAfter = 5.0

    @Option(help: "Seconds with the same picture after which a stream counts as stalled.")
    var frozenAfter = 60.0

    @Option(help: "Seconds without a picture after which to give a stream up. Default: never.")
    var giveUpAfter: Double?

    @Option(help: "Seconds a sample may wait to be judged before it is given up.")
    var maxLag = 10.0

    @Option(help: "The transport for RTSP: tcp or udp.")
    var rtspTransport = Transport.tcp

    enum Transport: String, ExpressibleByArgument, CaseIterable {
        case tcp, udp
    }

    func validate() throws {
        try checkSeconds(frameInterval, within: 0.1...3600, "--frame-interval")
        try checkSeconds(openDeadline, within: 0.1...3600, "--open-deadline")
        try checkSeconds(readDeadline, within: 0.1...3600, "--read-deadline")
        try checkSeconds(stalledAfter, within: 0.1...86_400, "--stalled-after")
        try checkSeconds(frozenAfter, within: 1...86_400, "--frozen-after")
        try checkSeconds(maxLag, within: 0.1...3600, "--max-lag")
        if let duration { try checkSeconds(duration, within: 0.1...31_536_000, "--duration") }
        if let giveUpAfter { try checkSeconds(giveUpAfter, within: 0.1...31_536_000, "--give-up-after") }
        if streams.isEmpty { throw ValidationError("Give at least one stream.") }
        for (input, _) in named {
            if case .address(let address) = input,
                !Self.schemes.contains(where: { address.lowercased().hasPrefix($0 + "://") })
            {
                throw ValidationError(
                    "\(input.name): only \(Self.schemes.joined(separator: ", ")) and SDP files can be watched.")
            }
        }
        let names = named.map(\.name)
        if Set(names).count < names.count {
            throw ValidationError("Two streams have the same name; use NAME=ADDRESS.")
        }
    }

    static let schemes = ["rtmp", "rtmps", "rtsp", "srt", "rtp", "udp", "http", "https"]

    var named: [(input: VideoInput, name: String)] {
        streams.map { text in
            var (name, address) = ("", text)
            // An address may contain "=" as well, but only after its scheme.
            if let equals = text.firstIndex(of: "="), !text[..<equals].contains(where: { ":/".contains($0) }) {
                (name, address) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
            }
            let input: VideoInput = address.contains("://") ? .address(address) : .path(address)
            return (input, name.isEmpty ? input.name : name)
        }
    }

    var options: LiveOptions {
        var options = LiveOptions()
        options.interval = .seconds(frameInterval)
        options.mode = keyframes ? .keyframes : .exact
        options.openDeadline = .seconds(openDeadline)
        options.readDeadline = .seconds(readDeadline)
        options.maxLag = .seconds(maxLag)
        options.usesUDP = rtspTransport == .udp
        options.userAgent = Framesift.userAgent
        return options
    }

    var supervision: SupervisionRules {
        var rules = SupervisionRules()
        rules.stalledAfter = .seconds(stalledAfter)
        rules.frozenAfter = .seconds(frozenAfter)
        rules.giveUpAfter = giveUpAfter.map { .seconds($0) }
        return rules
    }
}

/// Where to keep pictures and clips of hits.
struct EvidenceArguments: ParsableArguments {
    @Option(
        name: .customLong("evidence"),
        help: ArgumentHelp(
            """
            A folder for pictures of hits, or a bucket: s3://BUCKET/PREFIX/. Credentials come from AWS_ACCESS_KEY_ID and \
            AWS_SECRET_ACCESS_KEY.
            """, valueName: "place"))
    var evidencePlace: String?

    @Flag(help: "With --evidence, also keep a clip of each hit, cut from the received packets.")
    var clips = false

    @Option(help: "Seconds before and after a hit that a clip shows.")
    var clipMargin = 5

    @Option(help: "The most files there. The oldest are deleted.")
    var evidenceFiles = 1000

    @Option(help: "The most megabytes there. The oldest files are deleted.")
    var evidenceMegabytes = 1024

    func validate() throws {
        if clips && evidencePlace == nil { throw ValidationError("--clips needs --evidence.") }
        try checkNumber(clipMargin, within: 1...60, "--clip-margin")
        if evidenceFiles < 1 || evidenceMegabytes < 1 {
            throw ValidationError("--evidence-files and --evidence-megabytes have to be whole numbers above 0.")
        }
        _ = try bucket()
    }

    /// The prefix in a bucket; `nil` for a folder.
    private func bucket() throws -> ObjectAddress? {
        guard let evidencePlace, ObjectAddress.isMeant(by: evidencePlace) else { return nil }
        do {
            let prefix = try ObjectAddress(evidencePlace)
            guard prefix.isPrefix else { throw ValidationError("--evidence \(evidencePlace): a prefix ends with /.") }
            return prefix
        } catch let problem as ObjectAddress.Problem {
            throw ValidationError("--evidence \(evidencePlace): \(problem).")
        }
    }

    /// - Throws: `CommandError`, `ObjectStorageError`.
    func place() throws -> (any EvidencePlace)? {
        guard let evidencePlace else { return nil }
        let bytes = evidenceMegabytes << 20, margin = clips ? clipMargin : nil
        let complain: @Sendable (String) -> Void = { printError("framesift: \($0)") }
        let storage = try bucket().map { EvidenceBucket.Storage(try ObjectStorage.standard(), under: $0) }
        do {
            if let storage {
                return try EvidenceBucket(
                    storage, maxFiles: evidenceFiles, maxBytes: bytes, clipMargin: margin, problem: complain)
            }
            return try EvidenceFolder(
                folder: evidencePlace, maxFiles: evidenceFiles, maxBytes: bytes, clipMargin: margin, problem: complain)
        } catch {
            throw CommandError(.ioError, "\(evidencePlace): the folder cannot be created.")
        }
    }
}

extension EvidenceBucket.Storage {
    /// - Parameter prefix: What comes before the names.
    init(_ storage: ObjectStorage, under prefix: ObjectAddress) {
        let address = { @Sendable (name: String) in
            try ObjectAddress(bucket: prefix.bucket, key: prefix.key + name)
        }
        self.init(
            place: prefix.description,
            put: { path, name in
                let type = name.hasSuffix(".mp4") ? "video/mp4" : "image/jpeg"
                try await storage.put(path, to: address(name), contentType: type)
            }, remove: { try await storage.delete(address($0)) },
            mayPass: { error in
                switch (error as? ObjectStorageError)?.kind {
                case .busy, .unreachable: true
                default: false
                }
            })
    }
}

extension FrameSamplingError {
    /// Whether the stream could not be reached, as opposed to one without anything to watch.
    var meansUnreachable: Bool {
        switch code {
        case .noVideo, .coverOnly, .noDecoder, .tooManyPixels, .missing, .protocolNotFound: false
        default: true
        }
    }
}
