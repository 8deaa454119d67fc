import Base
import Foundation
import HTTPCalling
import Moderation

/// The supported services.
public enum Service: String, Hashable, Sendable, CaseIterable {
    case picpurify, sightengine, webpurify, moderatecontent
    case nsfwCategorize = "nsfw-categorize"

    /// The environment variable that overrides the service's address.
    public var addressVariable: String { rawValue.uppercased().filter { $0 != "-" } + "_URL" }

    /// The environment variables that hold the credentials.
    public var credentialVariables: [String] { profile.credentialVariables }

    /// The documented cost of a picture, in words.
    public var documentedCost: String { profile.documentedCost }

    /// Whether it only takes addresses. Pictures then have to be offered where it can fetch them.
    public var takesAddressesOnly: Bool { profile.takesAddressesOnly }

    /// Whether it judges a few pictures a day without an account.
    public var worksWithoutCredentials: Bool { profile.worksWithoutCredentials }
}

/// A service, its address and the user's credentials. The credentials are never printed.
public struct Account: Sendable, CustomStringConvertible {
    /// The service.
    public let service: Service
    /// Scheme, host and prefix, without a trailing slash.
    public let address: String
    /// In the order of `Service.credentialVariables`.
    let credentials: [String]

    /// The service and its address.
    public var description: String { "\(service.rawValue) at \(address)" }

    /// Reads an account from environment variables.
    /// - Throws: `JudgeStop` if credentials are missing or the address is malformed.
    public init(_ service: Service, environment: [String: String]) throws {
        let found = service.credentialVariables.map { environment[$0] ?? "" }
        if !service.worksWithoutCredentials, let missing = found.firstIndex(of: "") {
            let name = service.credentialVariables[missing]
            throw JudgeStop(.credentials, "\(service.rawValue) needs credentials: set \(name) in the environment.")
        }
        let typed = environment[service.addressVariable] ?? ""
        let address = typed.isEmpty ? service.profile.address : typed
        guard let parts = WebAddress.components(address), parts.user == nil, parts.query == nil else {
            throw JudgeStop(
                .unavailable, "\(service.addressVariable) is not an address: a scheme, a host and perhaps a prefix.")
        }
        self.service = service
        self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
        credentials = found
    }
}

/// A service's documented limits and costs.
struct ServiceProfile: Sendable {
    /// The default scheme and host.
    let address: String
    /// The environment variables that hold the credentials.
    let credentialVariables: [String]
    var worksWithoutCredentials = false
    var takesAddressesOnly = false
    let categories: Set<Moderation.Category>
    /// Pictures are scaled down and encoded to fit.
    let limits: JPEGLimits
    /// The most bytes of a picture.
    let maxBytes: Int
    let rules: CallingRules
    /// The cost of a picture, in words.
    let documentedCost: String
    /// The operations billed for judging a picture for these categories.
    let cost: @Sendable (Set<Moderation.Category>) -> Int
}

/// A judgement and what the service billed for it.
public struct Billed: Sendable {
    /// As the service gave it.
    public var judgement: Judgement
    /// In the service's own units.
    public var operations: Int
}

/// The client of one service's image endpoint.
protocol ImageEndpoint: Sendable {
    static var profile: ServiceProfile { get }
    var account: Account { get }
    /// Has a picture judged.
    /// - Parameters:
    ///   - jpeg: Within the limits of the profile.
    ///   - width: The JPEG's width in pixels.
    ///   - height: The JPEG's height in pixels.
    /// - Throws: `CallProblem` or `JudgeStop`.
    func judge(
        _ jpeg: [UInt8], width: Int, height: Int, for categories: Set<Moderation.Category>, through caller: Caller
    ) async throws -> Billed
    /// The remaining quota; `nil` if the service does not state it.
    func quota(through caller: Caller) async throws -> Int?
}

extension ImageEndpoint {
    func quota(through caller: Caller) async throws -> Int? { nil }
}

extension Account {
    /// Asks the service for the remaining quota, in its own units.
    /// - Returns: `nil` if the service does not state it.
    /// - Throws: `CallProblem`, `JudgeStop`, or `HTTPClient.OutOfResources`.
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

    /// The categories that it judges.
    public var categories: Set<Moderation.Category> { profile.categories }

    /// One line on picture size, request rate and concurrency.
    public var documentedLimits: String {
        let profile = profile
        let rate = profile.rules.rate.map { "\(Int($0)) requests a second" } ?? "no documented rate"
        let side = profile.limits.longestSide.map { "\($0) pixels" } ?? "as it is"
        return
            "JPEG, longest side \(side), \(profile.maxBytes >> 20) MB; \(rate), \(profile.rules.concurrency) at once"
    }

    /// - Parameter host: Offers pictures to services that only take addresses.
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
