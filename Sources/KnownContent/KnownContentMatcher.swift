import Moderation

/// Compares pictures with hash lists: in all eight rotations and mirrorings, both whole and without black bars.
public struct KnownContentMatcher: Sendable {
    /// The lowest quality of a hash to compare. Hashes below it match any flat picture.
    public static let leastQuality = 50

    /// The number of pixels above which pictures are scaled down, to limit memory. Smaller ones are hashed at full size,
    /// since scaling changes bits of their hash. For large pictures it hardly does.
    static let maxPixels = 16 << 20

    private let lists: KnownContentLists
    private let distance: Int
    private let shares: VideoShares?

    /// - Parameters:
    ///   - lists: The lists to search.
    ///   - distance: The maximum number of differing bits of 256, 0…60.
    ///   - shares: Counts matches over a whole video. `nil`: no counting.
    public init(_ lists: KnownContentLists, distance: Int, shares: VideoShares? = nil) {
        (self.lists, self.distance, self.shares) = (lists, distance, shares)
    }

    /// The same, but counting matches over a whole video.
    package func counting(_ shares: VideoShares) -> KnownContentMatcher {
        KnownContentMatcher(lists, distance: distance, shares: shares)
    }

    /// A version of a picture to compare.
    private struct Form {
        let transform: PictureTransform
        let barsCut: Bool
    }

    /// Searches the lists for a picture. Takes some milliseconds on one core.
    /// - Returns: The nearest match, if any. `nil` if the picture is too small to have a hash.
    /// - Throws: Errors of the still, and `KnownContentError.outOfMemory`.
    public func match(_ still: any Picture) throws -> KnownFinding? {
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
        var marks = [UInt8](repeating: 0, count: shares == nil ? 0 : index.count)
        let nearest = index.nearest(to: hashes, limit: distance, marks: &marks)
        shares?.add(marks, of: index)
        return nearest
    }

    private static func forms(of still: any Picture) throws -> [Form] {
        let (width, height) = size(of: still)
        let pixels = try still.pixels(.rgb, width: width, height: height)
        guard let whole = try PictureTransform(rgb: pixels, width: width, height: height) else { return [] }
        guard let part = try PicturePart(withinBarsOf: pixels, width: width, height: height),
            let cut = try PictureTransform(rgb: pixels, width: width, height: height, part: part)
        else { return [Form(transform: whole, barsCut: false)] }
        return [Form(transform: whole, barsCut: false), Form(transform: cut, barsCut: true)]
    }

    private static func size(of still: any Picture) -> (width: Int, height: Int) {
        let pixels = Double(still.width) * Double(still.height)
        guard pixels > Double(maxPixels) else { return (still.width, still.height) }
        let scale = (Double(maxPixels) / pixels).squareRoot()
        return (max(1, Int(Double(still.width) * scale)), max(1, Int(Double(still.height) * scale)))
    }
}
