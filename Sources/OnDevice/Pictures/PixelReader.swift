/// Reads colors of a picture, interpolating between pixels. Valid only while the pixels are borrowed.
struct PixelReader {
    /// The color outside of the picture: black, or that of the nearest pixel.
    enum Outside { case black, edge }

    let width, height: Int
    /// 3 bytes each, red first, row by row.
    let pixels: UnsafeBufferPointer<UInt8>

    /// Red, green and blue (0…255), interpolated bilinearly. Whole numbers are centers of pixels.
    @inline(__always)
    func color(at place: SIMD2<Double>, outside: Outside) -> SIMD3<Float> {
        // Clamped to fit an integer; all places more than two pixels outside are alike.
        let margin = 2
        let x = min(max(place.x, Double(-margin)), Double(width) + 1)
        let y = min(max(place.y, Double(-margin)), Double(height) + 1)
        // Conversion truncates, which rounds down because the values are not negative.
        let left = Int(x + Double(margin)) - margin, top = Int(y + Double(margin)) - margin
        let fx = Float(x - Double(left)), fy = Float(y - Double(top))
        let upper = pixel(left, top, outside) * (1 - fx) + pixel(left + 1, top, outside) * fx
        let lower = pixel(left, top + 1, outside) * (1 - fx) + pixel(left + 1, top + 1, outside) * fx
        return upper * (1 - fy) + lower * fy
    }

    @inline(__always)
    private func pixel(_ x: Int, _ y: Int, _ outside: Outside) -> SIMD3<Float> {
        let column = min(max(x, 0), width - 1), row = min(max(y, 0), height - 1)
        if outside == .black, column != x || row != y { return .zero }
        let at = (row * width + column) * 3
        return SIMD3(Float(pixels[at]), Float(pixels[at + 1]), Float(pixels[at + 2]))
    }
}
