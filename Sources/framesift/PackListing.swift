import Foundation
import Moderation
import OnDevice

/// Describes packs for people.
enum PackListing {
    /// A line for the pack, and one for each category with what was measured.
    static func text(_ pack: Pack, indent: String = "") -> String {
        text(pack, state: "\(megabytes(pack.size)) in \(pack.folder)", indent)
    }

    /// The same for a pack that is not installed.
    static func text(_ entry: Catalogue.Entry) -> String {
        let name = entry.pack.name
        let how = entry.isOnlyByName ? ", only by framesift packs add \(name)" : ""
        return text(entry.pack, state: "not installed; \(megabytes(entry.download)) to fetch\(how)", "")
    }

    private static func text(_ pack: Pack, state: String, _ indent: String) -> String {
        let width = pack.categories.map(\.rawValue.count).max() ?? 0
        let categories = pack.categories.sorted().map { category in
            let name = category.rawValue.padding(toLength: width, withPad: " ", startingAt: 0)
            let quality = pack.experimental[category].map { "experimental: " + $0 } ?? pack.measured[category]
            return indent + "  " + (quality.map { name + "  " + $0 } ?? category.rawValue)
        }
        let head = "\(indent)\(pack.name) \(pack.version) (\(pack.licence)), \(state)"
        return ([head] + categories).joined(separator: "\n")
    }

    private static func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
}
