/// How pixels are converted to a network's input.
struct TensorInput: Hashable, Sendable {
    enum Layout: String, Hashable, Sendable, Decodable {
        /// Pixels row by row, each with its channels.
        case nhwc
        /// One channel after the other.
        case nchw

        /// The shape of one picture.
        func shape(width: Int, height: Int) -> [Int] { self == .nhwc ? [1, height, width, 3] : [1, 3, height, width] }
    }
    enum Channels: String, Hashable, Sendable, Decodable { case rgb, bgr }

    let layout: Layout
    let channels: Channels
    /// Subtracted from each channel (0…255), in the order of `channels`.
    let mean: [Float]
    /// Multiplied after the subtraction.
    let scale: Float

    /// Writes a picture to the top left of the input. The rest becomes black.
    /// - Parameters:
    ///   - tensor: Pixels of three numbers, in rows of `tensorWidth`.
    ///   - pixels: `width` × `height` × 3 bytes, red first; no larger than the input.
    func fill(
        _ tensor: UnsafeMutableBufferPointer<Float>, _ tensorWidth: Int, from pixels: [UInt8], width: Int, height: Int
    ) {
        let area = tensor.count / 3
        precondition(width <= tensorWidth && height <= area / tensorWidth && pixels.count == width * height * 3)
        let reversed = channels == .bgr
        for channel in 0..<3 {
            let source = reversed ? 2 - channel : channel
            let mean = mean[channel], scale = scale
            let (start, stride) = layout == .nhwc ? (channel, 3) : (channel * area, 1)
            if width * height < area { for index in 0..<area { tensor[start + index * stride] = -mean * scale } }
            pixels.withUnsafeBufferPointer { pixels in
                for row in 0..<height {
                    let from = row * width * 3 + source, to = start + row * tensorWidth * stride
                    for column in 0..<width {
                        tensor[to + column * stride] = (Float(pixels[from + column * 3]) - mean) * scale
                    }
                }
            }
        }
    }
}
