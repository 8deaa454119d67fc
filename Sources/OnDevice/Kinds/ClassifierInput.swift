import FrameSampling
import Moderation

/// How a classifier's input is made from a picture.
struct ClassifierInput: Hashable, Sendable, Decodable {
    let layout: TensorInput.Layout
    let channels: TensorInput.Channels
    /// The width and height that the picture is scaled to, ignoring its aspect ratio.
    let resize: [Int]
    /// The width and height to cut from the center; `nil` for all of it.
    let crop: [Int]?
    /// The quality of a JPEG to encode the pixels to and decode them from first, 1…100; `nil` for none.
    let jpegRoundTrip: Int?
    /// Subtracted from each channel (0…255), in the order of `channels`.
    let mean: [Float]
    /// Multiplied after the subtraction.
    let scale: Float

    enum CodingKeys: String, CodingKey {
        case layout, channels, resize, crop, mean, scale
        case jpegRoundTrip = "jpeg_round_trip"
    }

    var size: (width: Int, height: Int) { crop.map { ($0[0], $0[1]) } ?? (resize[0], resize[1]) }

    var tensor: TensorInput { TensorInput(layout: layout, channels: channels, mean: mean, scale: scale) }

    /// - Throws: `OnDeviceError.badManifest` if a number is out of range.
    func check(_ manifest: Manifest) throws(OnDeviceError) {
        let sizes = resize + (crop ?? [])
        guard resize.count == 2, crop?.count ?? 2 == 2, mean.count == 3, sizes.allSatisfy({ (1...4096).contains($0) }),
            size.width <= resize[0], size.height <= resize[1]
        else {
            throw manifest.refusal(
                "resize and crop must be two sizes in 1…4096, crop no larger; mean must be three numbers.")
        }
    }

    /// A region of the picture as `size` pixels of 3 bytes, red first.
    func pixels(of region: Region, of still: any Picture) throws -> [UInt8] {
        let scaled =
            region == .whole
            ? try still.pixels(.rgb, width: resize[0], height: resize[1])
            : try RGBPicture(of: still, longestSide: RGBPicture.sideForViews)
                .scaled(region, width: resize[0], height: resize[1])
        var pixels = center(of: scaled)
        if let jpegRoundTrip {
            try FrameSampling.jpegRoundTrip(&pixels, width: size.width, height: size.height, quality: jpegRoundTrip)
        }
        return pixels
    }

    private func center(of pixels: [UInt8]) -> [UInt8] {
        let (width, height) = size
        let (fullWidth, fullHeight) = (resize[0], resize[1])
        if (width, height) == (fullWidth, fullHeight) { return pixels }
        let left = (fullWidth - width) / 2, top = (fullHeight - height) / 2
        return RGBPicture(width: fullWidth, height: fullHeight, pixels: pixels)
            .part(left...left + width - 1, top...top + height - 1).pixels
    }
}
