import Moderation

/// Compares pictures with lists of hashes: each in all eight turns and mirrors, as it is and with its black bars cut off.
public struct KnownContentMatcher: Sendable {
    /// Hashes of lower quality match anything flat, so they are not compared.
    public static let leastQuality = 50

    /// Pictures are compared at their own size, since shrinking them moves bits of their hash; larger ones than this
    /// (pixels) are shrunk first, so that a stranger's picture does not take the memory: there, it moves hardly any.
    static let mostPixels = 16 << 20

    private let lists: KnownContentLists
    /// Bits that may differ.
    private let distance: Int
    /// Counts for whole videos; `nil` where nobody asks.
    private let shares: VideoShares?

    /// - Parameters:
    ///   - distance: Bits of 256 that may differ, 0…60.
    ///   - shares: Counts for whole videos; `nil`: nothing is counted.
    public init(_ lists: KnownContentLists, distance: Int, shares: VideoShares? = nil) {
        self.lists = lists
        self.distance = distance
        self.shares = shares
    }

    /// A form of a picture that is compared.
    private struct Form {
        let transform: PictureTransform
        let barsCut: Bool
    }

    /// What the lists say of a picture; `nil` where it is too small to have a hash. Takes some milliseconds of one core.
    /// Throws what the still throws, and `KnownContentError.outOfMemory`.
    public func look(at still: any Still) throws -> KnownFinding? {
        let forms = try Self.forms(of: still)
        guard let quality = forms.map(\.transform.quality).max() else { return nil }
        let comparable = forms.filter { $0.transform.quality >= Self.leastQuality }
        guard !comparable.isEmpty else { return KnownFinding(quality: quality) }
        let hashes = comparable.flatMap { form in PictureTurn.allCases.map { form.transform.hash($0) } }
        guard let nearest = search(lists.current, hashes) else { return KnownFinding(quality: quality) }
        let turns = PictureTurn.allCases
        let form = comparable[nearest.query / turns.count]
        return KnownFinding(
            quality: form.transform.quality,
            match: .init(
                list: nearest.place.list, line: nearest.place.line, distance: nearest.distance,
                turn: turns[nearest.query % turns.count].rawValue, barsCut: form.barsCut))
    }

    private func search(_ index: KnownContentIndex, _ hashes: [PDQHash]) -> KnownContentIndex.Nearest? {
        guard let shares else { return index.nearest(to: hashes, limit: distance) }
        var marks = [UInt8](repeating: 0, count: index.count)
        let nearest = index.nearest(to: hashes, limit: distance, marks: &marks)
        shares.add(marks, of: index)
        return nearest
    }

    private static func forms(of still: any Still) throws -> [Form] {
        let (width, height) = size(of: still)
        let pixels = try still.pixels(.rgb, width: width, height: height)
        guard let whole = try PictureTransform(rgb: pixels, width: width, height: height) else { return [] }
        guard let part = try PicturePart(withinBarsOf: pixels, width: width, height: height),
            let cut = try PictureTransform(rgb: pixels, width: width, height: height, part: part)
        else { return [Form(transform: whole, barsCut: false)] }
        return [Form(transform: whole, barsCut: false), Form(transform: cut, barsCut: true)]
    }

    private static func size(of still: any Still) -> (width: Int, height: Int) {
        let pixels = Double(still.width) * Double(still.height)
        guard pixels > Double(mostPixels) else { return (still.width, still.height) }
        let scale = (Double(mostPixels) / pixels).squareRoot()
        return (max(1, Int(Double(still.width) * scale)), max(1, Int(Double(still.height) * scale)))
    }
}
