import CPDQ

/// An immutable index of the hashes of known content and their places in the lists.
public final class KnownContentIndex: Sendable {
    struct List: Sendable {
        /// The file's name without its folders.
        let name: String
        /// Whether the hashes are the frames of one video.
        let isVideo: Bool
        /// The indices of its hashes.
        let range: Range<Int>
    }

    /// The nearest hash to a picture.
    struct Nearest {
        let place: Place
        /// The number of bits that differ.
        let distance: Int
        /// The index of the matching hash among those searched for.
        let query: Int
    }

    /// The place of a hash.
    struct Place: Hashable {
        let list: String
        /// From 1.
        let line: Int
    }

    /// The maximum number of hashes of all lists together.
    public static let limit = 8_000_000

    let lists: [List]
    /// The first and the last two words of each hash. Stored separately, since the first two rule out nearly all hashes.
    private let heads, tails: [UInt64]
    private let lines: [UInt32]

    /// Indexes the usable hashes of the lists, in order.
    /// - Throws: `KnownContentError.tooManyHashes`
    public init(_ lists: [HashList]) throws(KnownContentError) {
        let usable = lists.map { $0.entries.filter(\.isUsable) }
        let count = usable.reduce(0) { $0 + $1.count }
        guard count <= Self.limit else { throw .tooManyHashes(limit: Self.limit) }
        var (heads, tails, lines) = ([UInt64](), [UInt64](), [UInt32]())
        heads.reserveCapacity(2 * count)
        tails.reserveCapacity(2 * count)
        lines.reserveCapacity(count)
        var ranges: [List] = []
        for (list, entries) in zip(lists, usable) {
            let start = lines.count
            for entry in entries {
                heads.append(entry.hash.words[0])
                heads.append(entry.hash.words[1])
                tails.append(entry.hash.words[2])
                tails.append(entry.hash.words[3])
                lines.append(UInt32(clamping: entry.line))
            }
            ranges.append(List(name: list.name, isVideo: list.isVideo, range: start..<lines.count))
        }
        (self.lists, self.heads, self.tails, self.lines) = (ranges, heads, tails, lines)
    }

    /// The number of hashes.
    public var count: Int { lines.count }

    /// Finds the nearest hash to any of `hashes`, or the first of several that are equally near.
    /// - Parameter marks: Empty, or one element per indexed hash. Set to 1 for each that is within `limit` bits.
    /// - Returns: `nil` if none is within `limit` bits.
    func nearest(to hashes: [PDQHash], limit: Int, marks: inout [UInt8]) -> Nearest? {
        precondition(marks.isEmpty || marks.count == count)
        let queries = hashes.flatMap { hash in hash.words.indices.map { hash.words[$0] } }
        var (distance, query): (Int32, Int32) = (0, 0)
        let found = marks.withUnsafeMutableBufferPointer { marks in
            cpdq_nearest(
                heads, tails, Int64(count), queries, Int32(hashes.count), Int32(limit),
                marks.isEmpty ? nil : marks.baseAddress, &distance, &query)
        }
        guard found >= 0 else { return nil }
        return Nearest(place: place(Int(found)), distance: Int(distance), query: Int(query))
    }

    private func place(_ index: Int) -> Place {
        let list = lists.first { $0.range.contains(index) }
        return Place(list: list?.name ?? "", line: Int(lines[index]))
    }
}
