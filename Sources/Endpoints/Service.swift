import Foundation
import HTTPCalling
import Moderation

/// The services that can be asked.
public enum Service: String, Hashable, Sendable, CaseIterable {
    case picpurify, sightengine, webpurify, moderatecontent
    case nsfwCategorize = "nsfw-categorize"

    /// Variable that names another address: scheme, host, optional prefix.
    public var addressVariable: String { rawValue.uppercased().filter { $0 != "-" } + "_URL" }

    /// Variables that hold the credentials.
    public var credentialVariables: [String] { profile.credentialVariables }

    /// What a picture costs, as documented.
    public var documentedCost: String { profile.documentedCost }

    /// It takes addresses only: pictures have to be offered where it can fetch them.
    public var takesAddressesOnly: Bool { profile.takesAddressesOnly }

    /// It judges a few pictures a day without an account.
    public var worksWithoutCredentials: Bool { profile.worksWithoutCredentials }
}

/// What one needs to ask a service. Never printed.
public struct Account: Sendable, CustomStringConvertible {
    public let service: Service
    /// Scheme, host and prefix, without a slash at the end.
    public let address: String
    /// In the order of `Service.credentialVariables`.
    let credentials: [String]

    public var description: String { "\(service.rawValue) at \(address)" }

    /// From the environment. Throws `JudgeStop` when credentials are missing or the address is none.
    public init(_ service: Service, environment: [String: String]) throws {
        let found = service.credentialVariables.map { environment[$0] ?? "" }
        if !service.worksWithoutCredentials, let missing = found.firstIndex(of: "") {
            let name = service.credentialVariables[missing]
            throw JudgeStop(.credentials, "\(service.rawValue) needs credentials: set \(name) in the environment.")
        }
        let typed = environment[service.addressVariable] ?? ""
        let address = typed.isEmpty ? service.profile.address : typed
        guard let parts = URLComponents(string: address), let scheme = parts.scheme,
            ["http", "https"].contains(scheme),
            parts.host?.isEmpty == false, parts.user == nil, parts.query == nil
        else {
            throw JudgeStop(
                .unavailable, "\(service.addressVariable) is not an address: a scheme, a host and perhaps a prefix.")
        }
        self.service = service
        self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
        credentials = found
    }
}

/// What a service takes and costs, as documented.
struct ServiceProfile: Sendable {
    /// Where it lives, unless the environment says otherwise: scheme and host.
    let address: String
    /// Variables that hold the credentials.
    let credentialVariables: [String]
    var worksWithoutCredentials = false
    var takesAddressesOnly = false
    let categories: Set<Moderation.Category>
    /// Pictures are shrunk and encoded to fit.
    let limits: JPEGLimits
    /// Bytes of a picture.
    let maxBytes: Int
    let rules: CallingRules
    /// What a picture costs, in words.
    let documentedCost: String
    /// What is billed for a picture of these categories, in the service's own units.
    let cost: @Sendable (Set<Moderation.Category>) -> Int
}

/// A judgement and what the service billed for it.
public struct Billed: Sendable {
    public var judgement: Judgement
    public var operations: Int
}

/// One service as a client: its image endpoint.
protocol ImageEndpoint: Sendable {
    static var profile: ServiceProfile { get }
    var account: Account { get }
    /// Asks for a picture. Throws `CallProblem` or `JudgeStop`.
    /// - Parameters:
    ///   - jpeg: Within the limits of the profile.
    ///   - width, height: Of the JPEG, pixels.
    func judge(
        _ jpeg: [UInt8], width: Int, height: Int, for categories: Set<Moderation.Category>, through caller: Caller
    ) async throws -> Billed
    /// What is left of the quota; `nil` where the service does not say.
    func quota(through caller: Caller) async throws -> Int?
}

extension ImageEndpoint {
    func quota(through caller: Caller) async throws -> Int? { nil }
}

extension Account {
    /// Asks the service what is left of the quota; `nil` where it does not say. Throws `CallProblem` or `JudgeStop`.
    public func quota(userAgent: String) async throws -> Int? {
        let caller = Caller(
            service.rawValue, client: try HTTPClient(connections: 1, userAgent: userAgent), rules: service.profile.rules
        )
        return try await service.endpoint(self).quota(through: caller)
    }
}

extension Service {
    var profile: ServiceProfile {
        switch self {
        case .picpurify: PicPurifyEndpoint.profile
        case .sightengine: SightengineEndpoint.profile
        case .webpurify: WebPurifyEndpoint.profile
        case .moderatecontent: ModerateContentEndpoint.profile
        case .nsfwCategorize: NSFWCategorizeEndpoint.profile
        }
    }

    /// What it can be asked for.
    public var categories: Set<Moderation.Category> { profile.categories }

    /// One line on what is sent, how fast, and what a picture costs.
    public var documentedLimits: String {
        let profile = profile
        let rate = profile.rules.rate.map { "\(Int($0)) requests a second" } ?? "no documented rate"
        let side = profile.limits.longestSide.map { "\($0) pixels" } ?? "as it is"
        return
            "JPEG, longest side \(side), \(profile.maxBytes >> 20) MB; \(rate), \(profile.rules.concurrency) at once"
    }

    /// - Parameter host: Offers pictures for a service that takes addresses only.
    func endpoint(_ account: Account, host: (any PictureHost)? = nil) -> any ImageEndpoint {
        switch self {
        case .picpurify: PicPurifyEndpoint(account: account)
        case .sightengine: SightengineEndpoint(account: account)
        case .webpurify: WebPurifyEndpoint(account: account, host: host)
        case .moderatecontent: ModerateContentEndpoint(account: account)
        case .nsfwCategorize: NSFWCategorizeEndpoint(account: account)
        }
    }
}
