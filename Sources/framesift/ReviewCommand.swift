import ArgumentParser
import Foundation
import Server

struct ReviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Take decisions and the audit trail out of the review queue, or delete from it.",
        discussion: "In this machine's store, or in that of a fleet: --store or FRAMESIFT_STORE.",
        subcommands: [Export.self, Trail.self, Erase.self])

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print people's decisions, a line of JSON each, for `policy calibrate`.")

        @OptionGroup var store: JobsCommand.StoreOption

        func run() async throws { try await store.open { try await ReviewArchive($0).decisions { print($0) } } }
    }

    struct Trail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print who did what about which case.",
            discussion: "Ends with 65 if a step is not as it was written.")

        @OptionGroup var store: JobsCommand.StoreOption

        @Option(help: "ndjson or csv.")
        var format = ReviewArchive.Format.ndjson

        func run() async throws {
            var broken = 0
            try await store.open { broken = try await ReviewArchive($0).trail(format) { print($0) } }
            if broken > 0 { throw CommandError(.badInput, "\(broken) steps are not as they were written.") }
        }
    }

    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete every trace of a medium: cases, pictures, run, judged positions, callbacks.",
            discussion:
                "The trail keeps that it was deleted, by the medium's id. What is still judged has to be stopped before."
        )

        @OptionGroup var store: JobsCommand.StoreOption

        @Option(help: "The id of the medium.")
        var media: String?

        @Option(help: "The submitter's own id: all media with it.")
        var reference: String?

        func validate() throws {
            if (media == nil) == (reference == nil) { throw ValidationError("Give --media or --reference.") }
            if media?.isEmpty == true || reference?.isEmpty == true { throw ValidationError("An id cannot be empty.") }
        }

        func run() async throws {
            try await store.open { store in
                let (sentence, ongoing) = try await ReviewArchive(store).erase(
                    media: media, reference: reference, by: "command line")
                print(sentence)
                guard ongoing.isEmpty else {
                    throw CommandError(
                        .badInput, "Not deleted, since still judged: \(ongoing.joined(separator: ", ")).")
                }
            }
        }
    }
}

extension ReviewArchive.Format: ExpressibleByArgument {}
