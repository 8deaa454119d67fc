import Foundation
import Moderation

/// A kind of pack: what its manifests contain beyond names and files, and how its models judge a picture.
///
/// Reading a manifest opens no model, so packs can be listed and checked without loading them.
protocol PackKind: Sendable {
    /// The value of `kind` in a manifest.
    static var name: String { get }
    /// Reads and checks the kind's own keys of a manifest.
    /// - Throws: `OnDeviceError.badManifest`.
    init(_ manifest: Manifest) throws
    /// The categories that a pack with this manifest can judge.
    var categories: Set<ContentCategory> { get }
    /// Loads only the models that `categories` need.
    /// - Throws: `OnDeviceError`.
    func load(_ models: PackModels, for categories: Set<ContentCategory>) throws -> any PackJudge
}

/// The loaded models of one pack.
protocol PackJudge: Sendable {
    /// The longest side, in pixels, that it requests of a still; `nil` if it takes stills in full size.
    var longestSide: Int? { get }
    /// Blocks; do not call it on the cooperative pool. The result may include categories that were not asked for.
    func judge(_ still: any Picture, for categories: Set<ContentCategory>) throws -> Judgement
}

/// All kinds of packs.
enum PackKinds {
    static let all: [any PackKind.Type] = [
        Classifier.self, Faces.self, Hands.self, Parts.self, Text.self, ZeroShot.self,
    ]
}

/// Opens the models of a pack.
struct PackModels: Sendable {
    let pack: Pack
    let runtime: OpenVINO
    /// The number of inferences that may run at once.
    let streams: Int

    /// Checks a model's files and compiles it.
    /// - Parameters:
    ///   - name: The model's key in the manifest.
    ///   - shape: The shape to give an open input; `nil` to keep the model's own, or to set one for each run.
    /// - Throws: `OnDeviceError`.
    func compiled(_ name: String, shape: [Int]? = nil) throws -> CompiledModel {
        try CompiledModel(
            runtime, path: pack.verifiedPath(of: name), streams: streams, precision: pack.precision, inputShape: shape)
    }

    /// Reads a file of little-endian 32-bit floats, after checking it.
    /// - Throws: `OnDeviceError`.
    func numbers(_ name: String) throws -> [Float] {
        let path = try pack.verifiedPath(of: name)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OnDeviceError(.notInstalled, "\(path) cannot be read.")
        }
        guard data.count.isMultiple(of: 4) else {
            throw OnDeviceError(.badManifest, "\(path) is not a file of 32-bit floats.")
        }
        return stride(from: 0, to: data.count, by: 4).map { at in
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[data.startIndex + at + $1]) << (8 * UInt32($1)) }
            return Float(bitPattern: bits)
        }
    }
}
