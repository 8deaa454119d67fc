import Foundation
import Moderation

/// Fetches packs where they are first needed.
public struct PackFetcher: Sendable {
    public let installation: Installation
    public let catalogue: Catalogue
    private let isOffline: Bool

    /// - Parameter environment: Nothing is fetched where `FRAMESIFT_OFFLINE` is set to anything but nothing.
    /// - Throws: `OnDeviceError`.
    public init(_ installation: Installation, environment: [String: String]) throws {
        self.installation = installation
        catalogue = try Catalogue(folder: installation.fetching?.folder ?? "")
        isOffline = !(environment["FRAMESIFT_OFFLINE"] ?? "").isEmpty
    }

    /// Fetches the free packs that judge what no pack here does.
    /// - Parameters:
    ///   - asked: `nil`: everything; where nothing can be fetched, everything is what is here.
    ///   - experimental: Whether that which is not good enough to promise is asked for.
    /// - Throws: `OnDeviceError.notInstalled` when a pack is missing that is needed for `asked`.
    public func fetch(for asked: Set<Moderation.Category>?, experimental: Bool) async throws {
        let installed = try Pack.all(in: installation)
        let missing = catalogue.missing(for: asked, beside: installed, experimental: experimental).map(\.pack)
        if missing.isEmpty { return }
        if asked == nil, isOffline || installation.fetching == nil { return }
        let judged = Set(missing.flatMap { $0.judged(experimental: experimental) })
        let needed = asked.map(judged.intersection) ?? judged
        try await fetch(missing.map(\.name), toJudge: needed.sorted().map(\.rawValue).joined(separator: ", "))
    }

    /// Fetches a pack, whatever its licence. What goes on is told on standard error.
    /// - Throws: `OnDeviceError.packName` or `notInstalled`.
    public func fetch(named name: String) async throws {
        guard catalogue[name] != nil else {
            let names = catalogue.entries.map(\.pack.name).joined(separator: ", ")
            throw OnDeviceError(.packName, "There is no pack \(name); there are \(names).")
        }
        try await fetch([name], toJudge: nil)
    }

    private func fetch(_ names: [String], toJudge judged: String?) async throws {
        let list = names.joined(separator: ", ")
        let needed = judged.map { "To judge \($0), \(list) is needed" } ?? "\(list) is wanted"
        guard let fetching = installation.fetching else {
            let command = "scripts/fetch-packs " + names.joined(separator: " ")
            throw OnDeviceError(
                .notInstalled,
                "\(needed), and is not installed; run scripts/setup, or \(command), in Framesift's folder.")
        }
        if isOffline {
            throw OnDeviceError(.notInstalled, "\(needed), and FRAMESIFT_OFFLINE forbids to fetch it.")
        }
        let status = try await run(
            fetching.script,
            names + ["--into", fetching.folder, "--parent", "\(ProcessInfo.processInfo.processIdentifier)"])
        guard status == 0 else {
            throw OnDeviceError(
                .notInstalled, "\(needed), and could not be fetched; FRAMESIFT_OFFLINE=1 does with what is here.")
        }
    }

    /// Runs a program to its end, which comes soon when the task is cancelled; the status it ends with.
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
