/// Why this machine cannot judge.
public struct OnDeviceError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// The OpenVINO runtime or a model is not there.
        case notInstalled
        /// There is no pack of that name, or it cannot be added or removed by it.
        case packName
        /// A folder for packs cannot be written.
        case notWritten
        /// A pack's manifest is not understood.
        case badManifest
        /// A file is not the one its manifest names.
        case wrongChecksum
        /// OpenVINO refused.
        case inference
    }

    public let code: Code
    /// One sentence: what happened, where, and what helps.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
