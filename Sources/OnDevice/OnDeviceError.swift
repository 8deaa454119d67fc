/// Why something on this machine cannot be judged, or a pack cannot be managed.
public struct OnDeviceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of error.
    public enum Code: String, Hashable, Sendable {
        /// The OpenVINO runtime or a model is missing.
        case notInstalled
        /// There is no pack of that name, or it cannot be added or removed under it.
        case packName
        /// A folder for packs cannot be written.
        case notWritten
        /// A pack's manifest is wrong, or does not match its model.
        case badManifest
        /// A file is not the one that its manifest lists.
        case wrongChecksum
        /// OpenVINO failed.
        case inference
    }

    /// The kind of error.
    public let code: Code
    /// One sentence: what happened, where, and what helps.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
