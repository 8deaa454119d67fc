import CFrameSampler
import Foundation

/// Reads an image held in memory, picture by picture. One task at a time; calls block for as long as decoding takes.
///
/// `@unchecked Sendable`: the handle is used by one call at a time, which is the caller's promise, but for `cancel()`, which
/// sets an atomic flag; pictures are immutable.
public final class ImageReader: @unchecked Sendable {
    /// The format its first bytes say: `jpeg`, `png`, `gif`, `bmp`, `webp`, `tiff` or `ico`.
    public enum Format: String, Hashable, Sendable {
        case jpeg, png, gif, bmp, webp, tiff, ico
    }

    private let handle: OpaquePointer
    public let format: Format

    /// - Parameters:
    ///   - bytes: The whole file. Copied.
    ///   - maxPixels: Width × height of a picture at most.
    ///   - longestSide: The longest side, pixels, that anybody will ask a picture for. A JPEG that is much larger is decoded
    ///     at a half, a quarter or an eighth of its size; sizes are still said as in the file. `nil`: decoded whole.
    /// Throws `FrameSamplingError`: `.notAnImage`, `.brokenImage`, `.tooManyPixels`.
    public init(_ bytes: some ContiguousBytes, maxPixels: Int, longestSide: Int? = nil) throws {
        var opened: OpaquePointer?
        let code = bytes.withUnsafeBytes { buffer -> Int32 in
            guard let base = buffer.baseAddress else { return Int32(CFS_ERROR_NOT_AN_IMAGE) }
            return cfs_image_open(
                base.assumingMemoryBound(to: UInt8.self), buffer.count, Int64(maxPixels),
                Int32(clamping: longestSide ?? 0), &opened)
        }
        guard let opened else { throw FrameSamplingError(code: code, name: "the image") }
        guard let format = Format(rawValue: String(cString: cfs_image_format(opened))) else {
            cfs_image_close(opened)
            throw FrameSamplingError(code: Int32(CFS_ERROR_NOT_AN_IMAGE), name: "the image")
        }
        handle = opened
        self.format = format
    }

    deinit { cfs_image_close(handle) }

    /// Makes `next()` throw `.cancelled`: at once where it waits for memory, else after the picture it decodes, which cannot
    /// be interrupted. Any thread, repeatedly.
    public func cancel() { cfs_image_cancel(handle) }

    /// The next picture; `nil` at the end. Throws `FrameSamplingError`: half an image is an error, not a picture.
    public func next() throws -> DecodedPicture? {
        var picture: OpaquePointer?
        let code = cfs_image_next(handle, &picture)
        guard code >= 0 else { throw FrameSamplingError(code: code, name: "the image") }
        return picture.map { DecodedPicture(owning: $0) }
    }
}
