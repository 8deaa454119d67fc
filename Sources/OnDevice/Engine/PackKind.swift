import Foundation
import Moderation

/// A kind of pack: what its manifests say beyond names and files, and how its models judge a picture.
///
/// Reading a manifest opens no model, so that a pack can be listed and checked without loading it.
protocol PackKind: Sendable {
    /// The value of `kind` in a manifest.
    static var name: String { get }
    /// Reads and checks what this kind adds to a manifest. Throws `OnDeviceError.badManifest`.
    init(_ manifest: Manifest) throws
    /// What a pack of this manifest can judge.
    var categories: Set<Moderation.Category> { get }
    /// Loads the models that `categories` need, and no other. Throws `OnDeviceError`.
    func load(_ models: PackModels, for categories: Set<Moderation.Category>) throws -> any PackJudge
}

/// The loaded models of one pack.
protocol PackJudge: Sendable {
    /// The longest side, pixels, that it asks a still for; `nil`: it takes stills as they are.
    var longestSide: Int? { get }
    /// Blocks; call it on a thread of its own. May say more than it was asked for.
    func judge(_ still: any Still, for categories: Set<Moderation.Category>) throws -> Judgement
}

/// The kinds there are.
enum PackKinds {
    static let all: [any PackKind.Type] = [
        Classifier.self, Faces.self, Hands.self, Parts.self, Text.self, ZeroShot.self,
    ]
}

/// A pack's models, to be opened one by one.
struct PackModels: Sendable {
    let pack: Pack
    let runtime: OpenVINO
    /// Inferences side by side.
    let streams: Int

    /// Compiles a model whose checksum was found right.
    /// - Parameters:
    ///   - name: As in the manifest's `models`.
    ///   - shape: To fix an open input to; `nil`: the model's own, or one for each run.
    /// - Throws: `OnDeviceError`.
    func compiled(_ name: String, shape: [Int]? = nil) throws -> CompiledModel {
        try CompiledModel(
            runtime, path: pack.verifiedPath(of: name), streams: streams, precision: pack.precision, inputShape: shape)
    }

    /// The 32-bit floats (little-endian) of a file whose checksum was found right. Throws `OnDeviceError`.
    func numbers(_ name: String) throws -> [Float] {
        let path = try pack.verifiedPath(of: name)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OnDeviceError(.notInstalled, "\(path) cannot be read.")
        }
        guard data.count.isMultiple(of: 4) else {
            throw OnDeviceError(.badManifest, "\(path) is no file of 32-bit floats.")
        }
        return stride(from: 0, to: data.count, by: 4).map { at in
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[data.startIndex + at + $1]) << (8 * UInt32($1)) }
            return Float(bitPattern: bits)
        }
    }
}
