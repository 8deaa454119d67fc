import Foundation
import HTTPCalling
import Moderation

/// The services that can be asked.
public enum Service: String, Hashable, Sendable, CaseIterable {
    case picpurify, sightengine, webpurify, moderatecontent
    case nsfwCategorize = "nsfw-categorize"

    /// Where it lives, unless the environment says otherwise.
    var standardAddress: String {
        switch self {
        case .picpurify: "https://www.picpurify.com"
        case .sightengine: "https://api.sightengine.com"
        case .webpurify: "https://im-api1.webpurify.com"
        case .moderatecontent: "https://api.moderatecontent.com"
        case .nsfwCategorize: "https://nsfw-categorize.it"
        }
    }

    /// Variable that names another address: scheme, host, optional prefix.
    public var addressVariable: String { rawValue.uppercased().filter { $0 != "-" } + "_URL" }

    /// Variables that hold the credentials.
    public var credentialVariables: [String] {
        switch self {
        case .picpurify: ["PICPURIFY_API_KEY"]
        case .sightengine: ["SIGHTENGINE_API_USER", "SIGHTENGINE_API_SECRET"]
        case .webpurify: ["WEBPURIFY_API_KEY"]
        case .moderatecontent: ["MODERATECONTENT_KEY"]
        case .nsfwCategorize: ["NSFWCATEGORIZE_KEY"]
        }
    }

    /// What a picture costs, as documented.
    public var documentedCost: String {
        switch self {
        case .picpurify: "a unit for each task, two or three for a face's attributes"
        case .sightengine: "an operation for each model, none for the properties"
        case .webpurify, .moderatecontent: "a request"
        case .nsfwCategorize: "one call of the quota, none for what is known by its hash"
        }
    }

    /// It takes addresses only: pictures have to be offered where it can fetch them.
    public var takesAddressesOnly: Bool { self == .webpurify }

    /// It judges a few pictures a day without an account.
    public var worksWithoutCredentials: Bool { self == .nsfwCategorize }
}

/// What one needs to ask a service. Never printed.
public struct Account: Sendable, CustomStringConvertible {
    public let service: Service
    /// Scheme, host and prefix, without a slash at the end.
    public let address: String
    /// In the order of `Service.credentialVariables`.
    let credentials: [String]

    public var description: String { "\(service.rawValue) at \(address)" }

    /// For questions that need no credentials.
    fileprivate init(unused service: Service) {
        (self.service, address, credentials) = (service, service.standardAddress, [])
    }

    /// From the environment. Throws `JudgeStop` when credentials are missing or the address is none.
    public init(_ service: Service, environment: [String: String]) throws {
        let found = service.credentialVariables.map { environment[$0] ?? "" }
        if !service.worksWithoutCredentials, let missing = found.firstIndex(of: "") {
            let name = service.credentialVariables[missing]
            throw JudgeStop(.credentials, "\(service.rawValue) needs credentials: set \(name) in the environment.")
        }
        let typed = environment[service.addressVariable] ?? ""
        let address = typed.isEmpty ? service.standardAddress : typed
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

/// What a service takes and costs.
public struct Capabilities: Sendable {
    public var categories: Set<Moderation.Category>
    /// Pictures are shrunk and encoded to fit.
    public var limits: JPEGLimits
    /// Bytes of a picture.
    public var maxBytes: Int
    public var rules: CallingRules
    /// What a service bills for a picture of these categories, in its own units, as documented.
    public var cost: @Sendable (Set<Moderation.Category>) -> Int
}

/// A judgement and what the service billed for it.
public struct Billed: Sendable {
    public var judgement: Judgement
    public var operations: Int
}

/// One service as a client: its image endpoint.
protocol ImageEndpoint: Sendable {
    var account: Account { get }
    var capabilities: Capabilities { get }
    /// Asks for a picture. Throws `CallProblem` or `JudgeStop`.
    /// - Parameters:
    ///   - jpeg: Within the capabilities.
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
            service.rawValue, client: try HTTPClient(connections: 1, userAgent: userAgent), rules: service.rules)
        return try await service.endpoint(self).quota(through: caller)
    }
}

extension Service {
    private var capabilities: Capabilities { endpoint(Account(unused: self)).capabilities }

    /// What it can be asked for.
    public var categories: Set<Moderation.Category> { capabilities.categories }

    var rules: CallingRules { capabilities.rules }

    /// One line on what is sent, how fast, and what a picture costs.
    public var documentedLimits: String {
        let capabilities = capabilities
        let rate = capabilities.rules.rate.map { "\(Int($0)) requests a second" } ?? "no documented rate"
        let side = capabilities.limits.longestSide.map { "\($0) pixels" } ?? "as it is"
        return
            "JPEG, longest side \(side), \(capabilities.maxBytes >> 20) MB; \(rate), \(capabilities.rules.concurrency) at once"
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
