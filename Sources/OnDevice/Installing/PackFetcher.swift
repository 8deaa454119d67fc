import Foundation
import Moderation

/// Fetches packs when they are first needed.
public struct PackFetcher: Sendable {
    /// Where packs are fetched to.
    public let installation: Installation
    /// The packs that can be fetched.
    public let catalogue: Catalogue
    private let isOffline: Bool

    /// - Parameters:
    ///   - installation: Where to fetch packs to.
    ///   - environment: The process's environment variables. If `FRAMESIFT_OFFLINE` is not empty, nothing is fetched.
    /// - Throws: `OnDeviceError.badManifest` if a built-in manifest is wrong.
    public init(_ installation: Installation, environment: [String: String]) throws {
        self.installation = installation
        catalogue = try Catalogue(folder: installation.fetching?.folder ?? "")
        isOffline = !(environment["FRAMESIFT_OFFLINE"] ?? "").isEmpty
    }

    /// Fetches the freely usable packs for categories that no installed pack judges. Progress is written to standard
    /// error.
    /// - Parameters:
    ///   - asked: The categories to judge; `nil` for all. If all are asked for and fetching is impossible, nothing
    ///     happens.
    ///   - experimental: Whether to fetch packs for experimental categories.
    /// - Throws: `OnDeviceError.notInstalled` if a needed pack could not be fetched, `badManifest` if an installed pack
    ///   is wrong.
    public func fetch(for asked: Set<ContentCategory>?, experimental: Bool) async throws {
        let installed = try Pack.all(in: installation)
        let missing = catalogue.missing(for: asked, beside: installed, experimental: experimental).map(\.pack)
        if missing.isEmpty { return }
        if asked == nil, isOffline || installation.fetching == nil { return }
        let judged = Set(missing.flatMap { $0.judged(experimental: experimental) })
        let needed = asked.map(judged.intersection) ?? judged
        try await fetch(missing.map(\.name), toJudge: needed.sorted().map(\.rawValue).joined(separator: ", "))
    }

    /// Fetches a pack, whatever its license. Progress is written to standard error.
    /// - Throws: `OnDeviceError.packName` if there is no such pack, `notInstalled` if it could not be fetched.
    public func fetch(named name: String) async throws {
        guard catalogue[name] != nil else {
            let names = catalogue.entries.map(\.pack.name).joined(separator: ", ")
            throw OnDeviceError(.packName, "There is no pack \(name) to fetch; the packs are \(names).")
        }
        try await fetch([name], toJudge: nil)
    }

    private func fetch(_ names: [String], toJudge judged: String?) async throws {
        let what = names.joined(separator: ", ") + (judged.map { ", needed to judge \($0)" } ?? "")
        guard let fetching = installation.fetching else {
            let command = "scripts/fetch-packs " + names.joined(separator: " ")
            throw OnDeviceError(
                .notInstalled, "\(what): not installed; run scripts/setup, or \(command), in Framesift's folder.")
        }
        if isOffline {
            throw OnDeviceError(.notInstalled, "\(what): not fetched, because FRAMESIFT_OFFLINE is set.")
        }
        let status = try await run(
            fetching.script,
            names + ["--into", fetching.folder, "--parent", "\(ProcessInfo.processInfo.processIdentifier)"])
        guard status == 0 else {
            throw OnDeviceError(
                .notInstalled, "\(what): not fetched; with FRAMESIFT_OFFLINE=1 only installed packs are used.")
        }
    }

    /// Runs a program to its end and returns its exit status. Cancelling the task terminates the program.
    private func run(_ program: String, _ arguments: [String]) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
                do {
                    try process.run()
                } catch {
                    continuation.resume(throwing: OnDeviceError(.notInstalled, "\(program) cannot be run."))
                }
            }
        } onCancel: {
            process.terminate()
        }
    }
}
