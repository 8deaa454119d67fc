import Foundation
import Moderation
import Yams

/// A pack's `pack.yaml`. Each kind decodes its own keys from it.
struct Manifest: Sendable {
    /// A file of the pack and the SHA-256 of its bytes, in lowercase hexadecimal.
    struct File: Hashable, Sendable, Decodable {
        let file: String
        let sha256: String
    }

    /// A model's file, and the second file that some formats have.
    struct Model: Hashable, Sendable, Decodable {
        let file: String
        let sha256: String
        /// The `.bin` of an OpenVINO IR.
        let weights: File?

        var files: [File] { [File(file: file, sha256: sha256)] + (weights.map { [$0] } ?? []) }
    }

    /// The floating-point type that models compute in.
    enum Precision: String, Hashable, Sendable, Decodable {
        case f32
        /// Half precision if the processor has it: faster, but further from the reference. Never bfloat16.
        case f16
    }

    /// The keys that every manifest has.
    struct Common: Decodable {
        let name: String
        let version: String
        let kind: String
        let licence: String
        let models: [String: Model]
        /// Default `f32`.
        let precision: Precision?
        /// Other files, by purpose.
        let files: [String: File]?
        /// What was measured of the categories that are not good enough to be offered by default.
        let experimental: [String: String]?
        /// What was measured of the other categories.
        let measured: [String: String]?

        var allFiles: [File] { models.values.flatMap(\.files) + Array((files ?? [:]).values) }
    }

    private static let largest = 64 * 1024

    let path: String
    let common: Common
    private let text: String

    /// - Throws: `OnDeviceError.badManifest`.
    init(path: String) throws(OnDeviceError) {
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.largest else {
            throw OnDeviceError(.badManifest, "\(path) cannot be read.")
        }
        try self.init(text: String(decoding: data, as: UTF8.self), path: path)
    }

    /// - Parameter path: The file's path, for messages.
    /// - Throws: `OnDeviceError.badManifest`.
    init(text: String, path: String) throws(OnDeviceError) {
        self.path = path
        self.text = text
        common = try Self.decode(Common.self, text, path)
        try checkFiles()
    }

    /// Decodes the keys of a kind.
    /// - Throws: `OnDeviceError.badManifest`.
    func options<Options: Decodable>(_ type: Options.Type) throws(OnDeviceError) -> Options {
        try Self.decode(type, text, path)
    }

    func refusal(_ sentence: String) -> OnDeviceError { OnDeviceError(.badManifest, "\(path): \(sentence)") }

    /// Checks that the manifest has exactly these models, and perhaps some of `optional`.
    /// - Throws: `OnDeviceError.badManifest`.
    func require(models: Set<String>, optional: Set<String> = []) throws(OnDeviceError) {
        let named = Set(common.models.keys)
        guard named.isSuperset(of: models), named.isSubset(of: models.union(optional)) else {
            let wanted = models.sorted().joined(separator: ", ")
            throw refusal("a pack of kind \(common.kind) has the models \(wanted).")
        }
    }

    private static func decode<T: Decodable>(
        _ type: T.Type, _ text: String, _ path: String
    ) throws(OnDeviceError) -> T {
        do {
            return try YAMLDecoder().decode(type, from: text)
        } catch {
            throw OnDeviceError(.badManifest, "\(path): \(ManifestProblem.sentence(error))")
        }
    }

    private func checkFiles() throws(OnDeviceError) {
        for file in common.allFiles where file.file.contains("/") || file.file.hasPrefix(".") {
            throw refusal("it names a file outside its folder: \(file.file).")
        }
        for model in common.models.values {
            guard model.file.hasSuffix(".xml") == (model.weights != nil) else {
                throw refusal("an OpenVINO IR has weights, and no other model does: \(model.file).")
            }
            // OpenVINO finds an IR's weights by this name, whatever the manifest says.
            if let weights = model.weights, weights.file != model.file.dropLast(3) + "bin" {
                throw refusal("the weights of \(model.file) must be named \(model.file.dropLast(3))bin.")
            }
        }
    }
}
