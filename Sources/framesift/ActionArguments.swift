import ArgumentParser
import Callbacks
import Foundation
import Moderation

/// What is done at verdicts.
struct ActionArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A YAML file that says what to do when something harmful was found: a request, or a program.",
            valueName: "file"))
    var onKo: String?

    @Option(
        help: ArgumentHelp("A YAML file that says what to do when a person has to look.", valueName: "file"))
    var onReview: String?

    func validate() throws {
        // What is wrong is told before anything begins.
        _ = try files()
    }

    /// The actions, by what they are for.
    /// - Throws: `ValidationError`.
    func files() throws -> [ActionTrigger.Kind: ActionFile] {
        var files: [ActionTrigger.Kind: ActionFile] = [:]
        for (kind, path) in [(ActionTrigger.Kind.ko, onKo), (.review, onReview)] {
            guard let path else { continue }
            do {
                files[kind] = try ActionFile(path: path, environment: ProcessInfo.processInfo.environment)
            } catch let problem as ActionFile.Problem {
                throw ValidationError("\(problem)")
            }
        }
        return files
    }

    /// The actions, for a process that may start programs.
    /// - Throws: `ValidationError`.
    func local() throws -> Actions {
        let files = try files()
        return Actions(files, programs: files.values.contains(where: \.runsProgram) ? LocalPrograms() : nil)
    }

    /// The actions, for a process that gives up the right to start programs after this: another one starts them.
    /// - Throws: `ValidationError`, `CommandError`.
    func apart() throws -> Actions {
        let files = try files()
        guard files.values.contains(where: \.runsProgram) else { return Actions(files) }
        let options = [("--on-ko", onKo), ("--on-review", onReview)].flatMap { name, path in
            path.map { [name, $0] } ?? []
        }
        do {
            let helper = try ProgramHelper(arguments: [RunActionsCommand.configuration.commandName ?? ""] + options)
            return Actions(files, programs: helper)
        } catch {
            throw CommandError(.judgeUnavailable, "The process that starts the programs of actions cannot be started.")
        }
    }
}

/// Starts the programs of actions for a confined process, which starts this one.
struct RunActionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run-actions", shouldDisplay: false)

    @OptionGroup var actions: ActionArguments

    func run() async throws {
        let files = try actions.files()
        await ProgramHelper.serve(Dictionary(uniqueKeysWithValues: files.map { ($0.key.rawValue, $0.value) }))
    }
}

/// The actions about one watched stream.
actor StreamActions {
    private var verdicts: VerdictActions
    private let (name, media): (String, String)
    private let courier: CallbackCourier
    /// Called with the id of each action that is stored, and the segment that it is about.
    private let stored: @Sendable (String, ActionTrigger) -> Void

    init(
        _ name: String, looksAgain: Bool, _ courier: CallbackCourier, media: String,
        stored: @escaping @Sendable (String, ActionTrigger) -> Void
    ) {
        (self.name, self.media, self.courier, self.stored) = (name, media, courier, stored)
        verdicts = VerdictActions(looksAgain: looksAgain)
    }

    func hear(_ event: LiveEvent) async {
        var due = verdicts.hear(event.content)
        if case .summary(let summary) = event.content {
            due += verdicts.end(summary.decision, isStream: true, reason: summary.reason)
        }
        for trigger in due where courier.actionKinds.contains(trigger.kind) { await owe(trigger, event.time) }
    }

    private func owe(_ trigger: ActionTrigger, _ time: Double) async {
        let told = ActionEvent(trigger, media: media, stream: name, time: time)
        stored(told.id, trigger)
        do {
            let isNoted = try await courier.owe(trigger, told, media: media)
            if !isNoted { printError("framesift: an action was dropped because too many are waiting") }
        } catch {
            printError("framesift: an action could not be stored: \(error)")
        }
    }
}
