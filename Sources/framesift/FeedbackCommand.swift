import ArgumentParser
import Endpoints
import Foundation
import Moderation

struct FeedbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback", abstract: "Report a misjudged picture to the service that judged it (Sightengine).",
        discussion: SightengineFeedback.classes.sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value.joined(separator: ", "))" }.joined(separator: "\n"))

    @Argument(help: "The picture: a file or an http(s) address.")
    var picture: String

    @Option(help: "The model that was wrong.")
    var model: String

    @Option(name: .customLong("class"), help: "The class that would have been right.")
    var trueClass: String

    func validate() throws {
        guard let classes = SightengineFeedback.classes[model] else {
            let models = SightengineFeedback.classes.keys.sorted().joined(separator: ", ")
            throw ValidationError("There is no model “\(model)”; the models are \(models).")
        }
        guard classes.contains(trueClass) else {
            throw ValidationError(
                "\(model) has no class “\(trueClass)”; the classes are \(classes.joined(separator: ", ")).")
        }
    }

    func run() async throws {
        let account = try Account(.sightengine, environment: ProcessInfo.processInfo.environment)
        let feedback = try SightengineFeedback(account, userAgent: Framesift.userAgent)
        let isAddress = picture.lowercased().hasPrefix("http://") || picture.lowercased().hasPrefix("https://")
        if !isAddress, !FileManager.default.isReadableFile(atPath: picture) {
            throw CommandError(.badInput, "\(picture): the file cannot be read.")
        }
        print(
            try await feedback.report(
                isAddress ? .address(picture) : .file(path: picture), model: model, trueClass: trueClass))
    }
}
