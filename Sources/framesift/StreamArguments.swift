import ArgumentParser
import FrameSampling
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
    @Option(name: .customLong("evidence"), help: "A folder for pictures of hits.")
    var evidenceFolder: String?

    @Flag(help: "With --evidence, also keep a clip of each hit, cut from the received packets.")
    var clips = false

    @Option(help: "Seconds before and after a hit that a clip shows.")
    var clipMargin = 5

    @Option(help: "The most files in the folder. The oldest are deleted.")
    var evidenceFiles = 1000

    @Option(help: "The most megabytes in the folder. The oldest files are deleted.")
    var evidenceMegabytes = 1024

    func validate() throws {
        if clips && evidenceFolder == nil { throw ValidationError("--clips needs --evidence.") }
        try checkNumber(clipMargin, within: 1...60, "--clip-margin")
        if evidenceFiles < 1 || evidenceMegabytes < 1 {
            throw ValidationError("--evidence-files and --evidence-megabytes have to be whole numbers above 0.")
        }
    }

    func folder() throws -> EvidenceFolder? {
        guard let evidenceFolder else { return nil }
        do {
            return try EvidenceFolder(
                folder: evidenceFolder, maxFiles: evidenceFiles, maxBytes: evidenceMegabytes << 20,
                clipMargin: clips ? clipMargin : nil
            ) { printError("framesift: \($0)") }
        } catch {
            throw CommandError(.ioError, "\(evidenceFolder): the folder cannot be created.")
        }
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
