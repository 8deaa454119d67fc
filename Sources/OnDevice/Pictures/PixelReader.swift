/// Reads a picture's colours, between its pixels, too. Valid as long as the pixels are lent.
struct PixelReader {
    /// What lies beside the picture.
    enum Outside { case black, edge }

    let width, height: Int
    /// 3 bytes each, red first, row by row.
    let pixels: UnsafeBufferPointer<UInt8>

    /// Red, green, blue (0…255) at a place that counts from the middle of the first pixel, between those of its four
    /// neighbours.
    @inline(__always)
    func color(at place: SIMD2<Double>, outside: Outside) -> SIMD3<Float> {
        // Beyond two pixels outside all places are alike; one too far off would not fit an integer.
        let margin = 2
        let x = min(max(place.x, Double(-margin)), Double(width) + 1)
        let y = min(max(place.y, Double(-margin)), Double(height) + 1)
        // Rounded down: what is not negative is cut off.
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
