import Foundation
import Moderation
import Store

/// Which cases a reviewer works on, as the address of the page says.
struct ReviewQuery {
    private(set) var filter = ReviewFilter()
    private var fields: [(name: String, value: String)] = []

    /// All open cases.
    init() {}

    /// - Throws: `Refusal.badParameter`; `review(.missingRole)` for escalated cases.
    init(_ form: Form, _ key: AdmittedKey) throws(Refusal) {
        func take(_ name: String) -> String? {
            guard let value = form[name] else { return nil }
            fields.append((name, value))
            return value
        }
        (filter.category, filter.key) = (take("category"), take("key_name"))
        (filter.reference, filter.media) = (take("reference"), take("media"))
        filter.id = take("case")
        filter.order = take("order").flatMap(ReviewFilter.Order.init) ?? .worst
        filter.reason = take("reason").flatMap(ReviewCase.Reason.init)
        filter.probability = try form.number("probability", in: 0...1)
        if form["probability"] != nil { _ = take("probability") }
        filter.age = try form.number("hours", in: 0.01...100_000).map { $0 * 3600 }
        if form["hours"] != nil { _ = take("hours") }
        if take("state") == ReviewState.escalated.rawValue {
            guard key.roles.contains(.administer) else { throw .review(.missingRole(.administer)) }
            filter.state = .escalated
        }
    }

    /// The value of a field; empty if there is none.
    subscript(_ name: String) -> String { fields.first { $0.name == name }?.value ?? "" }

    /// For hidden fields of forms.
    var hidden: [[String: Any]] { fields.map { ["name": $0.name, "value": $0.value] } }

    /// The address of the page.
    var path: String {
        var components = URLComponents()
        components.path = "/review"
        components.queryItems = fields.isEmpty ? nil : fields.map { URLQueryItem(name: $0.name, value: $0.value) }
        return components.string ?? "/review"
    }
}

/// How many cases wait.
struct ReviewCounts {
    /// Of those that the reviewer works on.
    let waiting: Int
    let escalated: Int
}
