import Foundation
import Moderation
import Yams

/// A pack's `pack.yaml`. Each kind decodes its own keys out of it.
struct Manifest: Sendable {
    /// A file of the pack and the SHA-256 of its bytes, lower-case hexadecimal.
    struct File: Hashable, Sendable, Codable {
        let file: String
        let sha256: String
    }

    /// A model's file, and the second one where its format has two.
    struct Model: Hashable, Sendable, Codable {
        let file: String
        let sha256: String
        /// An OpenVINO IR's `.bin`.
        let weights: File?

        var files: [File] { [File(file: file, sha256: sha256)] + (weights.map { [$0] } ?? []) }
    }

    /// What models compute with.
    enum Precision: String, Hashable, Sendable, Codable {
        case f32
        /// Half floats where the processor has them: faster, and less like the reference. Never brain floats.
        case f16
    }

    /// What every manifest says.
    struct Common: Codable {
        let name: String
        let version: String
        let kind: String
        let licence: String
        let models: [String: Model]
        /// `f32` unless given.
        let precision: Precision?
        /// Other files, by what they are for.
        let files: [String: File]?
        /// Categories that are not good enough to promise, and what was measured of them.
        let experimental: [String: String]?
        /// What was measured of the others.
        let measured: [String: String]?

        var allFiles: [File] { models.values.flatMap(\.files) + Array((files ?? [:]).values) }
    }

    private static let largest = 64 * 1024

    let path: String
    let common: Common
    private let text: String

    /// Reads `path`. Throws `OnDeviceError.badManifest`.
    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.largest else {
            throw OnDeviceError(.badManifest, "\(path) cannot be read.")
        }
        try self.init(text: String(decoding: data, as: UTF8.self), path: path)
    }

    /// - Parameter path: For messages.
    /// - Throws: `OnDeviceError.badManifest`.
    init(text: String, path: String) throws {
        self.path = path
        self.text = text
        common = try Self.decode(Common.self, text, path)
        try checkFiles()
    }

    /// The keys that a kind knows. Throws `OnDeviceError.badManifest`.
    func options<Options: Decodable>(_ type: Options.Type) throws -> Options { try Self.decode(type, text, path) }

    func refusal(_ sentence: String) -> OnDeviceError { OnDeviceError(.badManifest, "\(path): \(sentence)") }

    /// Throws unless the manifest names exactly these models, and perhaps some of `optional`.
    func require(models: Set<String>, optional: Set<String> = []) throws {
        let named = Set(common.models.keys)
        guard named.isSuperset(of: models), named.isSubset(of: models.union(optional)) else {
            let wanted = models.sorted().joined(separator: ", ")
            throw refusal("the models of a pack of kind \(common.kind) are \(wanted).")
        }
    }

    private static func decode<T: Decodable>(_ type: T.Type, _ text: String, _ path: String) throws -> T {
        do {
            return try YAMLDecoder().decode(type, from: text)
        } catch {
            throw OnDeviceError(.badManifest, "\(path): \(ManifestProblem.sentence(error))")
        }
    }

    private func checkFiles() throws {
        for file in common.allFiles where file.file.contains("/") || file.file.hasPrefix(".") {
            throw refusal("it names a file outside its folder: \(file.file).")
        }
        for model in common.models.values {
            guard model.file.hasSuffix(".xml") == (model.weights != nil) else {
                throw refusal("an OpenVINO IR, and nothing else, has weights: \(model.file).")
            }
            // OpenVINO finds an IR's weights by this name, whatever the manifest says.
            if let weights = model.weights, weights.file != model.file.dropLast(3) + "bin" {
                throw refusal("the weights of \(model.file) are \(model.file.dropLast(3))bin.")
            }
        }
    }
}
