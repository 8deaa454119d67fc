import Base
import Foundation
import HTTPTransport
import Moderation

/// The supported services.
public enum Service: String, Hashable, Sendable, CaseIterable {
    case picpurify, sightengine, webpurify, moderatecontent
    case nsfwCategorize = "nsfw-categorize"

    /// The environment variable that overrides the service's address.
    public var addressVariable: String { rawValue.uppercased().filter { $0 != "-" } + "_URL" }
}

/// A service, its address and the user's credentials. The credentials are never printed.
public struct Account: Sendable, CustomStringConvertible {
    /// The service.
    public let service: Service
    /// Scheme, host and prefix, without a trailing slash.
    public let address: String
    /// In the order of `ServiceProfile.credentialVariables`.
    let credentials: [String]

    /// The service and its address.
    public var description: String { "\(service.rawValue) at \(address)" }

    /// Reads an account from environment variables.
    /// - Throws: `JudgeStop` if credentials are missing or the address is malformed.
    public init(_ service: Service, environment: [String: String]) throws {
        let profile = service.profile
        let found = profile.credentialVariables.map { environment[$0] ?? "" }
        if !profile.worksWithoutCredentials, let missing = found.firstIndex(of: "") {
            let name = profile.credentialVariables[missing]
            throw JudgeStop(.credentials, "\(service.rawValue) needs credentials: set \(name) in the environment.")
        }
        let typed = environment[service.addressVariable] ?? ""
        let address = typed.isEmpty ? profile.address : typed
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
public struct ServiceProfile: Sendable {
    /// The default scheme and host.
    let address: String
    /// The environment variables that hold the credentials.
    public let credentialVariables: [String]
    /// Whether it judges a few pictures a day without an account.
    public internal(set) var worksWithoutCredentials = false
    /// Whether it only takes addresses. Pictures then have to be offered where it can fetch them.
    public internal(set) var takesAddressesOnly = false
    /// What it judges.
    public let categories: Set<ContentCategory>
    /// Pictures are scaled down and encoded to fit.
    let limits: JPEGLimits
    /// The most bytes of a picture.
    let maxBytes: Int
    /// How to call it.
    public let rules: CallingRules
    /// The cost of a picture, in words.
    public let documentedCost: String
    /// The operations billed for judging a picture for these categories.
    let cost: @Sendable (Set<ContentCategory>) -> Int

    /// One line on picture size, request rate and concurrency.
    public var documentedLimits: String {
        let rate = rules.rate.map { "\(Int($0)) requests a second" } ?? "no documented rate"
        let side = limits.longestSide.map { "\($0) pixels" } ?? "as it is"
        return "JPEG, longest side \(side), \(maxBytes >> 20) MB; \(rate), \(rules.concurrency) at once"
    }
}

/// What a service can be asked for, in the order in which a request names it, and what that judges.
typealias Coverage = KeyValuePairs<String, Set<ContentCategory>>

extension Coverage {
    var categories: Set<ContentCategory> { reduce(into: []) { $0.formUnion($1.value) } }

    func names(for categories: Set<ContentCategory>) -> [String] {
        filter { !categories.isDisjoint(with: $0.value) }.map(\.key)
    }
}

/// A request to an image endpoint.
struct ImageRequest: Sendable {
    /// Within the limits of the profile.
    let jpeg: [UInt8]
    /// The JPEG's size in pixels.
    let width, height: Int
    let categories: Set<ContentCategory>
}

/// A judgement and what the service billed for it.
struct Billed: Sendable {
    /// As the service gave it.
    var judgement: Judgement
    /// In the service's own units.
    var operations: Int
}

/// The client of one service's image endpoint.
protocol ImageEndpoint: Sendable {
    static var profile: ServiceProfile { get }
    var account: Account { get }
    /// Has a picture judged.
    /// - Throws: `CallProblem` or `JudgeStop`.
    func judge(_ image: ImageRequest, through caller: Caller) async throws -> Billed
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
        try await service.endpoint(self).quota(through: try caller(userAgent: userAgent))
    }

    /// A caller for a few calls.
    func caller(userAgent: String) throws -> Caller {
        let client = try HTTPClient(connections: 1, userAgent: userAgent)
        return Caller(service.rawValue, client: client, rules: service.profile.rules)
    }
}

extension Service {
    /// Its documented limits and costs.
    public var profile: ServiceProfile {
        switch self {
        case .picpurify: PicPurifyEndpoint.profile
        case .sightengine: SightengineEndpoint.profile
        case .webpurify: WebPurifyEndpoint.profile
        case .moderatecontent: ModerateContentEndpoint.profile
        case .nsfwCategorize: NSFWCategorizeEndpoint.profile
        }
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
