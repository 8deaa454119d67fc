import CPDQ

/// Hashes of known content and where each stands, for searching. Never changes once it is made.
public final class KnownContentIndex: Sendable {
    /// A list that hashes came from.
    struct List: Sendable {
        /// Of the file, without its folders.
        let name: String
        /// Its frames are one video's.
        let isVideo: Bool
        /// Of its hashes.
        let range: Range<Int>
    }

    /// The nearest hash to a picture.
    struct Nearest {
        /// The hash.
        let place: Place
        /// Bits.
        let distance: Int
        /// Which of the hashes asked for it is near to.
        let query: Int
    }

    /// Where a hash stands.
    struct Place: Hashable {
        let list: String
        /// From 1.
        let line: Int
    }

    /// Hashes of all lists together.
    public static let limit = 8_000_000

    let lists: [List]
    /// Two words a hash, the first two and the last two: the first rule out nearly every hash.
    private let heads, tails: [UInt64]
    private let lines: [UInt32]

    /// Of lists' usable hashes, in order. Throws `KnownContentError.tooManyHashes`.
    public init(_ lists: [HashList]) throws {
        let usable = lists.map { $0.entries.filter(\.isUsable) }
        let count = usable.reduce(0) { $0 + $1.count }
        guard count <= Self.limit else { throw KnownContentError.tooManyHashes(limit: Self.limit) }
        var (heads, tails, lines) = ([UInt64](), [UInt64](), [UInt32]())
        heads.reserveCapacity(2 * count)
        tails.reserveCapacity(2 * count)
        lines.reserveCapacity(count)
        var ranges: [List] = []
        for (list, entries) in zip(lists, usable) {
            let start = lines.count
            for entry in entries {
                heads.append(entry.hash.words.0)
                heads.append(entry.hash.words.1)
                tails.append(entry.hash.words.2)
                tails.append(entry.hash.words.3)
                lines.append(UInt32(clamping: entry.line))
            }
            ranges.append(List(name: list.name, isVideo: list.isVideo, range: start..<lines.count))
        }
        (self.lists, self.heads, self.tails, self.lines) = (ranges, heads, tails, lines)
    }

    public var count: Int { lines.count }

    /// The nearest to any of the hashes, and of equally near ones the first. `nil`: none is within `limit` bits.
    func nearest(to hashes: [PDQHash], limit: Int) -> Nearest? {
        var marks: [UInt8] = []
        return search(hashes, limit: limit, marks: &marks, marking: false)
    }

    /// The same; sets `marks`, one a hash of the index, to 1 for each that is within `limit` bits of one of the hashes.
    func nearest(to hashes: [PDQHash], limit: Int, marks: inout [UInt8]) -> Nearest? {
        precondition(marks.count == count)
        return search(hashes, limit: limit, marks: &marks, marking: true)
    }

    private func search(_ hashes: [PDQHash], limit: Int, marks: inout [UInt8], marking: Bool) -> Nearest? {
        let queries = hashes.flatMap { [$0.words.0, $0.words.1, $0.words.2, $0.words.3] }
        var (distance, query): (Int32, Int32) = (0, 0)
        let found = marks.withUnsafeMutableBufferPointer { marks in
            cpdq_nearest(
                heads, tails, Int64(count), queries, Int32(hashes.count), Int32(limit),
                marking ? marks.baseAddress : nil, &distance, &query)
        }
        guard found >= 0 else { return nil }
        return Nearest(place: place(Int(found)), distance: Int(distance), query: Int(query))
    }

    private func place(_ index: Int) -> Place {
        let list = lists.first { $0.range.contains(index) }
        return Place(list: list?.name ?? "", line: Int(lines[index]))
    }
}
