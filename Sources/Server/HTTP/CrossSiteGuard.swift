import HTTPTypes
import Hummingbird
import Logging

/// Protects a server without keys from the pages of other sites.
///
/// A browser lets any page send requests to this machine. With DNS rebinding the page can also read the answers. With
/// keys there is no risk, since the page does not have one.
struct CrossSiteGuard: RouterMiddleware {
    /// The routes of all dialects.
    let routes: [Route]

    func handle(
        _ request: Request, context: CallContext, next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        let isLocal = isLocal(request)
        var response: Response
        if isLocal {
            response = try await next(request, context)
        } else {
            context.logger.info("cross-site request refused")
            response = try await routes.reply(to: .crossSite, status: .forbidden, near: request.uri.path).response
        }
        // The services allow any origin; here only this machine's pages may read the answer.
        if response.headers[.accessControlAllowOrigin] != nil {
            response.headers[.accessControlAllowOrigin] = isLocal ? request.headers[.origin] : nil
            response.headers[.vary] = "Origin"
        }
        return response
    }

    private func isLocal(_ request: Request) -> Bool {
        // Browsers always send the host.
        guard request.head.authority.map(Loopback.contains(authority:)) ?? true else { return false }
        // Origin before site: pages of localhost and 127.0.0.1 are cross-site to each other.
        if let origin = request.headers[.origin] { return Loopback.contains(origin: origin) }
        return request.headers.value(of: "Sec-Fetch-Site") != "cross-site" || followsLink(request)
    }

    /// Whether the request follows a link to the dashboard. That is safe: the linking page cannot read the answer.
    private func followsLink(_ request: Request) -> Bool {
        request.method == .get && request.headers.value(of: "Sec-Fetch-Mode") == "navigate"
            && routes.closest(to: request.uri.path)?.dialect.name == .dashboard
    }
}
