import FrameSampling
import Moderation

/// All thumbnails in one JPEG, as players want them.
public struct ThumbnailSprite: Sendable {
    /// A thumbnail's place in the picture, in pixels.
    public struct Tile: Hashable, Sendable {
        /// The rectangle, from the top left.
        public let x, y, width, height: Int
    }

    /// The picture with all thumbnails.
    public let jpeg: [UInt8]
    /// Places by the index of the sample.
    public let tiles: [Int: Tile]

    private static let columns = 20

    /// Fails if there are no thumbnails.
    /// - Parameter thumbnails: JPEGs by the index of their sample, from `ThumbnailKeeper`. All get the size of the
    ///   first.
    /// - Throws: `FrameSamplingError` or `PictureError` if one is not a picture.
    public init?(_ thumbnails: [Int: [UInt8]]) throws {
        let pictures = try thumbnails.sorted { $0.key < $1.key }.compactMap { index, jpeg in
            try ImageReader(jpeg, maxPixels: 1 << 20).next().map { (index, $0) }
        }
        guard let (width, height) = pictures.first.map({ ($0.1.width, $0.1.height) }) else { return nil }
        let rows = (pictures.count + Self.columns - 1) / Self.columns
        let stride = min(pictures.count, Self.columns) * width * 3
        var canvas = [UInt8](repeating: 0, count: stride * rows * height)
        var tiles: [Int: Tile] = [:]
        for (number, (index, picture)) in pictures.enumerated() {
            let tile = Tile(
                x: number % Self.columns * width, y: number / Self.columns * height, width: width, height: height)
            let pixels = try picture.pixels(.rgb, width: width, height: height)
            for row in 0..<height {
                let start = (tile.y + row) * stride + tile.x * 3
                canvas.replaceSubrange(start..<start + width * 3, with: pixels[row * width * 3..<(row + 1) * width * 3])
            }
            tiles[index] = tile
        }
        self.tiles = tiles
        self.jpeg = try FrameSampling.jpeg(rgb: canvas, width: stride / 3, height: rows * height, quality: 70)
    }
}
