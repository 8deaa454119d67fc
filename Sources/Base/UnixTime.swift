import Foundation

/// Wall clock times as text, in UTC.
package enum UnixTime {
    /// RFC 3339 with milliseconds: `2023-11-14T22:13:20.250Z`.
    /// - Parameter seconds: Unix seconds.
    package static func rfc3339(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds).formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }

    /// For people, in whole seconds: `2023-11-14 22:13:20Z`.
    /// - Parameter seconds: Unix seconds.
    package static func spaced(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds).formatted(.iso8601.dateTimeSeparator(.space))
    }
}
