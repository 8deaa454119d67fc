import ArgumentParser
import Foundation
import Server
import Store

struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "See and steer what was submitted to servers.",
        discussion: "In this machine's store, or in that of a fleet: --store or FRAMESIFT_STORE.",
        subcommands: [List.self, Show.self, Stop.self, Retry.self, Workers.self], defaultSubcommand: List.self)

    /// The store whose jobs are meant.
    struct StoreOption: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The PostgreSQL database of a fleet, as in `work --store`. Default: FRAMESIFT_STORE, else this machine's.",
                valueName: "address"))
        var store: String?

        /// Does something with the store's jobs.
        func use(_ body: (JobControl) async throws -> Void) async throws {
            try await open { try await body(JobControl($0)) }
        }

        /// Does something with the store.
        func open(_ body: (Store) async throws -> Void) async throws {
            let environment = ProcessInfo.processInfo.environment
            let address = try StoreArguments.address(store, environment: environment)
            let store =
                try address.map { try Store($0, folder: Store.standardFolder(environment: environment)) }
                ?? Store.standard()
            do {
                try await body(store)
            } catch {
                try? await store.endLease()
                throw error
            }
            try await store.endLease()
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the newest jobs.")

        @OptionGroup var store: StoreOption

        @Option(help: "Only those that are ongoing, finished, stopped or a failure.")
        var status: String?

        @Option(help: "Only those of the API key with this name.")
        var key: String?

        @Option(help: "List at most this many, 1 to 10000.")
        var limit = 100

        @Flag(help: "Print each job as a line of JSON.")
        var json = false

        func validate() throws {
            try checkNumber(limit, within: 1...10_000, "--limit")
            if let status, StoredJob.Status(rawValue: status) == nil {
                throw ValidationError("--status has to be ongoing, finished, stopped or failure.")
            }
        }

        func run() async throws {
            var filter = Store.JobFilter()
            (filter.key, filter.limit) = (key, limit)
            filter.status = status.flatMap(StoredJob.Status.init)
            try await store.use { [filter] jobs in
                let found = try await jobs.list(filter)
                if json { return try found.forEach { print(try Self.line($0)) } }
                print(JobTable.text(found, now: Date().timeIntervalSince1970), terminator: "")
            }
        }

        static func line(_ value: some Encodable) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print all that is known of a job, as JSON.")

        @OptionGroup var store: StoreOption

        @Argument(help: "The job's id, which its submission was answered with.")
        var id: String

        func run() async throws { try await store.use { print(try List.line(try await $0.show(id))) } }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop a job, whichever process has it. What was judged stays.")

        @OptionGroup var store: StoreOption

        @Argument(help: "The job's id.")
        var id: String

        func run() async throws { try await store.use { try await $0.stop(id) } }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a job that failed be tried again. It goes on after what was judged.")

        @OptionGroup var store: StoreOption

        @Argument(help: "The job's id.")
        var id: String

        func run() async throws { try await store.use { try await $0.retry(id) } }
    }

    struct Workers: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the processes of a fleet.")

        @OptionGroup var store: StoreOption

        func run() async throws {
            try await store.use { jobs in
                let now = Date().timeIntervalSince1970
                print(JobTable.text(try await jobs.workers(), now: now), terminator: "")
            }
        }
    }
}
