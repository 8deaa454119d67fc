import CFrameSampler
import Moderation
import Synchronization

/// A decoded picture. Nothing is converted before it is asked for, and each conversion is made once.
///
/// `@unchecked Sendable`: the C picture is immutable and its reference count atomic; `made` has a lock of its own.
public final class DecodedPicture: Still, @unchecked Sendable {
    private let handle: OpaquePointer
    /// Upright, with square pixels.
    public let width, height: Int
    /// As in the file.
    public let codedWidth, codedHeight: Int
    /// Degrees clockwise applied to get upright.
    public let rotation: Int
    /// Rendered from one field, the other interpolated.
    public let isInterlaced: Bool
    /// PQ or HLG: tone-mapped to SDR when rendered.
    public let isHDR: Bool
    /// As decoded, FFmpeg's name.
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
        let info = cfs_picture_describe(handle)
        width = Int(info.width)
        height = Int(info.height)
        codedWidth = Int(info.coded_width)
        codedHeight = Int(info.coded_height)
        rotation = Int(info.rotation)
        isInterlaced = info.interlaced
        isHDR = info.hdr
        pixelFormat = String(cString: info.pixel_format)
    }

    deinit { cfs_picture_release(handle) }

    /// Whether this is the C picture `other`.
    func wraps(_ other: OpaquePointer) -> Bool { handle == other }

    public func pixels(_ layout: PixelLayout, width: Int, height: Int) throws -> [UInt8] {
        let request = PixelRequest(layout: layout, width: width, height: height)
        if let made = made.withLock({ $0.pixels[request] }) { return made }
        let native = layout == .rgb ? CFS_LAYOUT_RGB24 : CFS_LAYOUT_GRAY8
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: width * height * layout.bytesPerPixel) { buffer, count in
            // An array of at least one byte always has a base address.
            guard let base = buffer.baseAddress else { return }
            code = cfs_picture_render(handle, native, Int32(width), Int32(height), base)
            count = code < 0 ? 0 : width * height * layout.bytesPerPixel
        }
        guard code >= 0 else { throw PictureError(code: code) }
        made.withLock { $0.pixels[request] = bytes }
        return bytes
    }

    public func jpeg(within limits: JPEGLimits) throws -> [UInt8] {
        if let made = made.withLock({ $0.jpegs[limits] }) { return made }
        var data: UnsafeMutablePointer<UInt8>?
        var size = 0
        let code = cfs_picture_jpeg(handle, Int32(limits.longestSide ?? 0), Int32(limits.quality), &data, &size)
        defer { cfs_jpeg_free(data) }
        guard code >= 0, let data else { throw PictureError(code: code) }
        let bytes = [UInt8](UnsafeBufferPointer(start: data, count: size))
        made.withLock { $0.jpegs[limits] = bytes }
        return bytes
    }

    /// The picture exactly as decoded, plane after plane without padding, as FFmpeg's rawvideo has it.
    public func decodedBytes() throws -> [UInt8] {
        let size = Int(cfs_picture_decoded_size(handle))
        guard size > 0 else { throw PictureError(code: Int32(size)) }
        var written: Int64 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            written = cfs_picture_copy_decoded(handle, base, Int64(size))
            count = written < 0 ? 0 : Int(written)
        }
        guard written >= 0 else { throw PictureError(code: Int32(written)) }
        return bytes
    }
}

/// A picture that could not be converted or encoded.
public struct PictureError: Error, Hashable, Sendable, CustomStringConvertible {
    /// FFmpeg's code.
    public let code: Int32

    public var description: String { "the picture could not be converted (code \(code))" }
}

/// What a JPEG of this quality leaves of RGB pixels: compresses and decompresses them.
package func jpegRoundTrip(_ rgb: inout [UInt8], width: Int, height: Int, quality: Int) throws {
    precondition(rgb.count >= width * height * 3)
    let code = cfs_jpeg_round_trip(&rgb, Int32(width), Int32(height), Int32(quality))
    guard code >= 0 else { throw PictureError(code: code) }
}

/// RGB pixels (3 bytes each, rows from the top without padding) as a JPEG. `quality`: 1…100 on libjpeg's scale.
package func jpeg(rgb: [UInt8], width: Int, height: Int, quality: Int) throws -> [UInt8] {
    precondition(rgb.count >= width * height * 3)
    var data: UnsafeMutablePointer<UInt8>?
    var size = 0
    let code = cfs_jpeg_encode(rgb, Int32(width), Int32(height), Int32(quality), &data, &size)
    defer { cfs_jpeg_free(data) }
    guard code >= 0, let data else { throw PictureError(code: code) }
    return [UInt8](UnsafeBufferPointer(start: data, count: size))
}
