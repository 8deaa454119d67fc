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
        guard let fetch = try missing(for: asked, experimental: experimental) else { return }
        try fetch.check(try await run(fetch.script, fetch.arguments))
    }

    /// The same on the calling thread, which waits, for a process that may not start others yet.
    /// - Throws: As `fetch(for:experimental:)`.
    public func fetchHere(for asked: Set<ContentCategory>?, experimental: Bool) throws {
        guard let fetch = try missing(for: asked, experimental: experimental) else { return }
        try fetch.check(try runHere(fetch.script, fetch.arguments))
    }

    /// `nil` if nothing has to be fetched.
    private func missing(for asked: Set<ContentCategory>?, experimental: Bool) throws -> Fetch? {
        let installed = try Pack.all(in: installation)
        let missing = catalogue.missing(for: asked, beside: installed, experimental: experimental).map(\.pack)
        if missing.isEmpty { return nil }
        if asked == nil, isOffline || installation.fetching == nil { return nil }
        let judged = Set(missing.flatMap { $0.judged(experimental: experimental) })
        let needed = asked.map(judged.intersection) ?? judged
        return try fetch(of: missing.map(\.name), toJudge: needed.sorted().map(\.rawValue).joined(separator: ", "))
    }

    /// Fetches a pack, whatever its license. Progress is written to standard error.
    /// - Throws: `OnDeviceError.packName` if there is no such pack, `notInstalled` if it could not be fetched.
    public func fetch(named name: String) async throws {
        guard catalogue[name] != nil else {
            let names = catalogue.entries.map(\.pack.name).joined(separator: ", ")
            throw OnDeviceError(.packName, "There is no pack \(name) to fetch; the packs are \(names).")
        }
        let fetch = try fetch(of: [name], toJudge: nil)
        try fetch.check(try await run(fetch.script, fetch.arguments))
    }

    /// What is to be run, and what it is for.
    private struct Fetch {
        let script: String
        let arguments: [String]
        let what: String

        func check(_ status: Int32) throws {
            guard status == 0 else {
                throw OnDeviceError(
                    .notInstalled, "\(what): not fetched; with FRAMESIFT_OFFLINE=1 only installed packs are used.")
            }
        }
    }

    private func fetch(of names: [String], toJudge judged: String?) throws -> Fetch {
        let what = names.joined(separator: ", ") + (judged.map { ", needed to judge \($0)" } ?? "")
        guard let fetching = installation.fetching else {
            let command = "scripts/fetch-packs " + names.joined(separator: " ")
            throw OnDeviceError(
                .notInstalled, "\(what): not installed; run scripts/setup, or \(command), in Framesift's folder.")
        }
        if isOffline {
            throw OnDeviceError(.notInstalled, "\(what): not fetched, because FRAMESIFT_OFFLINE is set.")
        }
        let parent = ProcessInfo.processInfo.processIdentifier
        return Fetch(
            script: fetching.script, arguments: names + ["--into", fetching.folder, "--parent", "\(parent)"], what: what
        )
    }

    /// Runs a program to its end without a thread, which Foundation's `Process` would start, and returns its exit status.
    private func runHere(_ program: String, _ arguments: [String]) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        let variables = ProcessInfo.processInfo.environment.map { $0 + "=" + $1 }
        let words = ([program] + arguments).map { strdup($0) }, values = variables.map { strdup($0) }
        defer { for text in words + values { free(text) } }
        var child: pid_t = 0, status: Int32 = 0
        guard posix_spawn(&child, program, &actions, nil, words + [nil], values + [nil]) == 0 else {
            throw OnDeviceError(.notInstalled, "\(program) cannot be run.")
        }
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return status
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
