import ArgumentParser
import Endpoints
import Foundation
import Moderation
import OnDevice
import Wire

struct ProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers", abstract: "List the judges that can be used here, and what they judge.")

    @Flag(help: "Ask services for the remaining quota, if that is free.")
    var quota = false

    private func showQuota(_ service: Service) async {
        do {
            let account = try Account(service, environment: ProcessInfo.processInfo.environment)
            let left = try await account.quota(userAgent: Framesift.userAgent)
            print("  quota     \(left.map { "\($0) left" } ?? "the service does not say")")
        } catch {
            print("  quota     \(error)")
        }
    }

    private func show(_ service: Service) {
        let environment = ProcessInfo.processInfo.environment
        let missing = service.profile.credentialVariables.filter { (environment[$0] ?? "").isEmpty }
        let state =
            missing.isEmpty
            ? "credentials present"
            : "\(missing.joined(separator: " and ")) not set"
                + (service.profile.worksWithoutCredentials ? " (not needed)" : "")
        print("\(service.rawValue)")
        print("  account   \(state); address from \(service.addressVariable)")
        print("  limits    \(service.profile.documentedLimits)")
        print("  a picture \(service.profile.documentedCost)")
        print(
            "  tasks     \(TaskVocabulary.ofServices.names(servedBy: service.profile.categories).joined(separator: ", "))"
        )
    }

    func run() async throws {
        let installation = Installation.here
        let categories = try OnDeviceJudge.categories(of: installation)
        print("on-device   judges on this machine; no credentials, no cost")
        print("  runtime   \(installation.openVINO ?? "not installed; run scripts/setup")")
        for pack in try Pack.all(in: installation) { print(PackListing.text(pack, indent: "  ")) }
        print("  tasks     \(TaskVocabulary.ofServices.names(servedBy: categories).joined(separator: ", "))")
        for service in Service.allCases {
            show(service)
            if quota { await showQuota(service) }
        }
    }
}
