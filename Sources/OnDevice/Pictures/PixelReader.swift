/// Reads a picture's colours, between its pixels, too. Valid as long as the pixels are lent.
struct PixelReader {
    let width, height: Int
    /// 3 bytes each, red first, row by row.
    let pixels: UnsafeBufferPointer<UInt8>

    /// Red, green, blue (0…255) at a place that counts from the middle of the first pixel; beyond an edge its pixels go on.
    @inline(__always)
    func bilinear(_ place: SIMD2<Double>) -> SIMD3<Float> {
        let x = min(max(place.x, 0), Double(width - 1)), y = min(max(place.y, 0), Double(height - 1))
        let left = Int(x), top = Int(y)
        let right = min(left + 1, width - 1), bottom = min(top + 1, height - 1)
        let fx = Float(x - Double(left)), fy = Float(y - Double(top))
        let upper = color(left, top) * (1 - fx) + color(right, top) * fx
        let lower = color(left, bottom) * (1 - fx) + color(right, bottom) * fx
        return upper * (1 - fy) + lower * fy
    }

    @inline(__always)
    private func color(_ x: Int, _ y: Int) -> SIMD3<Float> {
        let at = (y * width + x) * 3
        return SIMD3(Float(pixels[at]), Float(pixels[at + 1]), Float(pixels[at + 2]))
    }
}
