import CFrameSampler
import CSandbox
import Moderation
import Synchronization

/// A decoded picture. Conversions are made on demand, and cached.
///
/// It may lie in another process, which converts it; see `DecoderSandbox`.
///
/// `@unchecked Sendable`: the C picture is immutable and its reference count is atomic; `made` has its own lock.
public final class DecodedPicture: Picture, @unchecked Sendable {
    private let handle: OpaquePointer
    /// Size for display in pixels: upright, with square pixels.
    public let width, height: Int
    /// Size in pixels, as in the file.
    public let codedWidth, codedHeight: Int
    /// The clockwise rotation that makes the picture upright, in degrees.
    public let rotation: Int
    /// Whether the picture has two fields. It is rendered from one, with the lines of the other interpolated.
    public let isInterlaced: Bool
    /// Whether the picture is PQ or HLG. It is rendered tone-mapped to SDR.
    public let isHDR: Bool
    /// FFmpeg's name for the decoded pixel format.
    public let pixelFormat: String

    private struct Made {
        var pixels: [PixelRequest: [UInt8]] = [:]
        var jpegs: [JPEGLimits: [UInt8]] = [:]
    }
    private struct PixelRequest: Hashable {
        let layout: PixelLayout
        let width, height: Int
    }
    private let made = Mutex(Made())

    init(owning handle: OpaquePointer) {
        self.handle = handle
        let info = csb_picture_describe(handle)
        (width, height) = (Int(info.width), Int(info.height))
        (codedWidth, codedHeight) = (Int(info.coded_width), Int(info.coded_height))
        rotation = Int(info.rotation)
        (isInterlaced, isHDR) = (info.interlaced, info.hdr)
        pixelFormat = String(cString: info.pixel_format)
    }

    deinit { csb_picture_release(handle) }

    /// Whether this is the C picture `other`.
    func wraps(_ other: OpaquePointer) -> Bool { handle == other }

    /// See `Picture`.
    /// - Throws: `PictureError`
    public func pixels(_ layout: PixelLayout, width: Int, height: Int) throws(PictureError) -> [UInt8] {
        let request = PixelRequest(layout: layout, width: width, height: height)
        if let made = made.withLock({ $0.pixels[request] }) { return made }
        let native = layout == .rgb ? CFS_LAYOUT_RGB24 : CFS_LAYOUT_GRAY8
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: width * height * layout.bytesPerPixel) { buffer, count in
            // An array of at least one byte always has a base address.
            guard let base = buffer.baseAddress else { return }
            code = csb_picture_render(handle, native, Int32(width), Int32(height), base)
            count = code < 0 ? 0 : width * height * layout.bytesPerPixel
        }
        guard code >= 0 else { throw PictureError(code: code) }
        made.withLock { $0.pixels[request] = bytes }
        return bytes
    }

    /// See `Picture`.
    /// - Throws: `PictureError`
    public func jpeg(within limits: JPEGLimits) throws(PictureError) -> [UInt8] {
        if let made = made.withLock({ $0.jpegs[limits] }) { return made }
        var bytes: [UInt8] = []
        let code = withUnsafeMutablePointer(to: &bytes) { bytes in
            csb_picture_jpeg(
                handle, Int32(limits.longestSide ?? 0), Int32(limits.quality),
                { context, data, size in
                    context?.assumingMemoryBound(to: [UInt8].self).pointee = Array(
                        UnsafeBufferPointer(start: data, count: size))
                }, bytes)
        }
        guard code >= 0 else { throw PictureError(code: code) }
        made.withLock { $0.jpegs[limits] = bytes }
        return bytes
    }

    /// Returns the picture exactly as decoded: plane after plane without padding, like FFmpeg's rawvideo.
    /// - Throws: `PictureError`
    public func decodedBytes() throws(PictureError) -> [UInt8] {
        let size = Int(csb_picture_decoded_size(handle))
        guard size > 0 else { throw PictureError(code: Int32(size)) }
        var written: Int64 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            written = csb_picture_copy_decoded(handle, base, Int64(size))
            count = written < 0 ? 0 : Int(written)
        }
        guard written >= 0 else { throw PictureError(code: Int32(written)) }
        return bytes
    }
}

/// A failure to convert or encode a picture.
public struct PictureError: Error, Hashable, Sendable, CustomStringConvertible {
    /// FFmpeg's error code.
    public let code: Int32

    public var description: String { "the picture could not be converted (code \(code))" }
}

/// Compresses RGB pixels (3 bytes each, rows from top to bottom without padding) to JPEG and decompresses them again.
/// - Parameter quality: 1…100 on libjpeg's scale.
/// - Throws: `PictureError`
package func jpegRoundTrip(_ rgb: inout [UInt8], width: Int, height: Int, quality: Int) throws(PictureError) {
    precondition(rgb.count >= width * height * 3)
    let code = cfs_jpeg_round_trip(&rgb, Int32(width), Int32(height), Int32(quality))
    guard code >= 0 else { throw PictureError(code: code) }
}

/// Encodes pixels as a JPEG. The parameters are those of `jpegRoundTrip`.
/// - Throws: `PictureError`
package func jpeg(rgb: [UInt8], width: Int, height: Int, quality: Int) throws(PictureError) -> [UInt8] {
    precondition(rgb.count >= width * height * 3)
    var data: UnsafeMutablePointer<UInt8>?
    var size = 0
    let code = cfs_jpeg_encode(rgb, Int32(width), Int32(height), Int32(quality), &data, &size)
    defer { cfs_jpeg_free(data) }
    guard code >= 0, let data else { throw PictureError(code: code) }
    return [UInt8](UnsafeBufferPointer(start: data, count: size))
}
