import FrameSampling
import Moderation

/// How a classifier's input is made of a picture.
struct ClassifierInput: Hashable, Sendable, Codable {
    let layout: TensorInput.Layout
    let channels: TensorInput.Channels
    /// Width and height the picture is scaled to, its shape ignored.
    let resize: [Int]
    /// Width and height cut from the middle; `nil`: all of it.
    let crop: [Int]?
    /// Quality of a JPEG the pixels go through; `nil`: none.
    let jpegRoundTrip: Int?
    /// Subtracted from each channel (0…255), in the order of `channels`.
    let mean: [Float]
    /// Multiplied after that.
    let scale: Float

    enum CodingKeys: String, CodingKey {
        case layout, channels, resize, crop, mean, scale
        case jpegRoundTrip = "jpeg_round_trip"
    }

    var size: (width: Int, height: Int) { crop.map { ($0[0], $0[1]) } ?? (resize[0], resize[1]) }

    var tensor: TensorInput { TensorInput(layout: layout, channels: channels, mean: mean, scale: scale) }

    /// Throws `OnDeviceError.badManifest` unless its numbers make sense.
    func check(_ manifest: Manifest) throws {
        let sizes = resize + (crop ?? [])
        guard resize.count == 2, crop?.count ?? 2 == 2, mean.count == 3, sizes.allSatisfy({ (1...4096).contains($0) }),
            size.width <= resize[0], size.height <= resize[1]
        else {
            throw manifest.refusal(
                "resize and crop are two sizes within 1…4096, the crop the smaller; mean is three numbers.")
        }
    }

    /// `size` pixels of 3 bytes, red first, of a region of the picture.
    func pixels(of region: Region, of still: any Still) throws -> [UInt8] {
        let scaled =
            region == .whole
            ? try still.pixels(.rgb, width: resize[0], height: resize[1])
            : try RGBPicture(of: still, longestSide: RGBPicture.sideForViews)
                .scaled(region, width: resize[0], height: resize[1])
        var pixels = centre(of: scaled)
        if let jpegRoundTrip {
            try FrameSampling.jpegRoundTrip(&pixels, width: size.width, height: size.height, quality: jpegRoundTrip)
        }
        return pixels
    }

    private func centre(of pixels: [UInt8]) -> [UInt8] {
        let (width, height) = size
        let (fullWidth, fullHeight) = (resize[0], resize[1])
        if (width, height) == (fullWidth, fullHeight) { return pixels }
        let left = (fullWidth - width) / 2, top = (fullHeight - height) / 2
        var result: [UInt8] = []
        result.reserveCapacity(width * height * 3)
        for row in top..<(top + height) {
            let begin = (row * fullWidth + left) * 3
            result += pixels[begin..<(begin + width * 3)]
        }
        return result
    }
}
