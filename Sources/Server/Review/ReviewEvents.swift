import Hummingbird
import Moderation
import Store

/// Server-sent events of the review queue: how many cases wait, and new ones of live streams.
extension Dashboard {
    /// How often to look for what other processes have found.
    private static let lookInterval = Duration.seconds(1)
    /// The most cases of live streams that are announced, and for how long, in seconds.
    private static let (maxArrivals, arrivalAge) = (5, 600.0)

    /// Adds the route of the events.
    func addReviewEvents(to router: Router<CallContext>) {
        router.get("/review/events") { request, _ in
            try await self.events(
                request, of: self.caseChanges, every: self.context.store.isShared ? Self.lookInterval : nil
            ) { key in
                guard self.context.access.roles(ofKey: key).contains(.review), self.context.options.review != nil else {
                    return ("", true)
                }
                return (try await self.arrivals(), false)
            }
        }
    }

    private func arrivals() async throws -> String {
        var filter = ReviewFilter()
        (filter.isLive, filter.reason, filter.age, filter.order) = (true, .ko, Self.arrivalAge, .newest)
        let cases = try await context.store.cases(filter, limit: Self.maxArrivals)
        return pages.arrivalsPart(cases, try await counts(ReviewQuery()))
    }
}
