import ArgumentParser
import Foundation
import OnDevice

struct PacksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packs", abstract: "The models of the judge on this machine: list, verify, add, remove.",
        discussion: """
            A pack is a folder with a manifest, pack.yaml, and the models that it lists. Packs that are free to use are
            fetched when a task first needs them, unless FRAMESIFT_OFFLINE is set.
            """,
        subcommands: [List.self, Verify.self, Add.self, Remove.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List packs with license, size, categories, and how well they judge.")

        func run() async throws {
            let installation = Installation.here
            let found = Pack.found(in: installation)
            var listed: Set<String> = []
            for pack in found.compactMap({ try? $0.pack.get() }) where listed.insert(pack.name).inserted {
                print(PackListing.text(pack))
            }
            for entry in try Catalogue(folder: "").entries where !listed.contains(entry.pack.name) {
                print(PackListing.text(entry))
            }
            try end(with: found.compactMap { if case .failure(let error) = $0.pack { error } else { nil } })
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare all files of the installed packs with their checksums. Exit code 69 if one is wrong.")

        func run() async throws {
            var problems: [any Error] = []
            for found in Pack.found(in: Installation.here) {
                do {
                    let pack = try found.pack.get()
                    try pack.verify()
                    print("\(pack.name) \(pack.version): all files are as its manifest lists them")
                } catch {
                    problems.append(error)
                }
            }
            try end(with: problems)
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetch a pack by name, or copy your own from a folder.")

        @Argument(help: "A name from framesift packs, or a folder with a pack.yaml.")
        var pack: String

        func run() async throws {
            let installation = Installation.here
            if pack.contains("/") || FileManager.default.fileExists(atPath: pack + "/pack.yaml") {
                print(PackListing.text(try installation.add(folder: pack)))
            } else {
                try await fetch(into: installation)
            }
        }

        private func fetch(into installation: Installation) async throws {
            let fetcher = try PackFetcher(installation, environment: ProcessInfo.processInfo.environment)
            if let entry = fetcher.catalogue[pack], entry.isOnlyByName {
                printError("\(pack) has the license \(entry.pack.licence), so it is fetched only by name.")
            }
            try await fetcher.fetch(named: pack)
            if let entry = fetcher.catalogue[pack] { print(PackListing.text(entry.pack)) }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a pack that was fetched or added.")

        @Argument(help: "A name from framesift packs.")
        var name: String

        func run() async throws {
            print("Removed \(try Installation.here.remove(name))")
        }
    }
}

/// Prints all problems and throws the exit code of the last.
private func end(with problems: [any Error]) throws {
    let codes = problems.map(explain)
    if let code = codes.last { throw code }
}
