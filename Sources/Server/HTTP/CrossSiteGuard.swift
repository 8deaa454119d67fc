import HTTPTypes
import Hummingbird
import Logging

/// Keeps the pages of other sites from a server without keys. Whoever runs it also browses, and a browser lets any page
/// send requests to this machine, and read the answers of a name that the page's own site has resolved to it (DNS
/// rebinding). With keys there is no need: no page knows one.
struct CrossSiteGuard: RouterMiddleware {
    let routes: [Route]

    func handle(
        _ request: Request, context: CallContext, next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        let isFromHere = isFromHere(request)
        var response: Response
        if isFromHere {
            response = try await next(request, context)
        } else {
            context.logger.info("request of another site refused")
            response = try routes.reply(to: .crossSite, status: .forbidden, near: request.uri.path).response
        }
        // What the services allow everybody, only this machine's pages are allowed here.
        if response.headers[.accessControlAllowOrigin] != nil {
            response.headers[.accessControlAllowOrigin] = isFromHere ? request.headers[.origin] : nil
            response.headers[.vary] = "Origin"
        }
        return response
    }

    private func isFromHere(_ request: Request) -> Bool {
        // No browser leaves the host out.
        guard request.head.authority.map(Loopback.contains(authority:)) ?? true else { return false }
        // The origin says more than the site: pages of localhost and 127.0.0.1 are cross-site to each other.
        if let origin = request.headers[.origin] { return Loopback.contains(origin: origin) }
        return Self.field("Sec-Fetch-Site", request) != "cross-site" || followsLink(request)
    }

    /// A link from elsewhere may lead to the dashboard's pages: who made it does not see them.
    private func followsLink(_ request: Request) -> Bool {
        request.method == .get && Self.field("Sec-Fetch-Mode", request) == "navigate"
            && routes.neighbour(of: request.uri.path)?.dialect.name == .dashboard
    }

    private static func field(_ name: String, _ request: Request) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }
}
