import FrameSampling
import Moderation

/// A pack's classifier.
struct Classifier: Sendable {
    let pack: Pack
    private let input: Pack.Input
    private let model: CompiledModel

    init(_ pack: Pack, runtime: OpenVINO, streams: Int) throws {
        guard let input = pack.input else {
            throw OnDeviceError(.badManifest, "The pack \(pack.name) says nothing of its input.")
        }
        self.pack = pack
        self.input = input
        let (width, height) = input.size
        let shape = input.layout == .nhwc ? [1, height, width, 3] : [1, 3, height, width]
        model = try CompiledModel(
            runtime, path: pack.verifiedPath(of: "classifier"), streams: streams, inputShape: shape)
    }

    func probabilities(of still: any Still) throws -> [Moderation.Category: Double] {
        let (width, height) = input.size
        let scaled = try still.pixels(.rgb, width: input.resize[0], height: input.resize[1])
        var pixels = centre(of: scaled, width: width, height: height)
        if let quality = input.jpegRoundTrip {
            try jpegRoundTrip(&pixels, width: width, height: height, quality: quality)
        }
        let scores = try model.run(outputs: 1) { tensor in
            guard tensor.count == width * height * 3 else {
                throw OnDeviceError(.badManifest, "The pack \(pack.name): its model takes \(tensor.count) numbers.")
            }
            fill(tensor, from: pixels, area: width * height)
        }[0]
        return try pack.outputs.reduce(into: [:]) { result, output in
            guard scores.indices.contains(output.key) else {
                throw OnDeviceError(.badManifest, "The pack \(pack.name): its model has no output \(output.key).")
            }
            result[output.value] = Double(scores[output.key])
        }
    }

    private func centre(of pixels: [UInt8], width: Int, height: Int) -> [UInt8] {
        let (fullWidth, fullHeight) = (input.resize[0], input.resize[1])
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

    private func fill(_ tensor: UnsafeMutableBufferPointer<Float>, from pixels: [UInt8], area: Int) {
        let reversed = input.channels == .bgr
        pixels.withUnsafeBufferPointer { pixels in
            for channel in 0..<3 {
                let source = reversed ? 2 - channel : channel
                let mean = input.mean[channel], scale = input.scale
                let (start, stride) = input.layout == .nhwc ? (channel, 3) : (channel * area, 1)
                for index in 0..<area {
                    tensor[start + index * stride] = (Float(pixels[index * 3 + source]) - mean) * scale
                }
            }
        }
    }
}
