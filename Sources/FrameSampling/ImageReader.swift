import CFrameSampler
import CSandbox
import Foundation

/// Decodes an image in memory, picture by picture. Use it from one task at a time; calls block while decoding.
///
/// `@unchecked Sendable`: the caller makes one call at a time, except for `cancel()`, which only sets an atomic flag;
/// pictures are immutable.
public final class ImageReader: @unchecked Sendable {
    /// An image format.
    public enum Format: String, CaseIterable, Hashable, Sendable {
        case jpeg, png, gif, bmp, webp, tiff, ico, heic, avif
        /// A camera's raw file, such as DNG, CR2, NEF or ARW.
        case raw
        /// Each page is a picture.
        case pdf

        /// Whether several pictures of one file are shown one after the other in the same place.
        package var isAnimation: Bool {
            switch self {
            case .jpeg, .png, .gif, .bmp, .webp, .ico: true
            case .tiff, .heic, .avif, .raw, .pdf: false
            }
        }
    }

    /// The most pages of a PDF or a TIFF that are looked at.
    public static let maxPages = Int(CFS_MOST_PAGES)

    private let handle: OpaquePointer
    /// The format, as told by the content.
    public let format: Format

    /// Reads the header.
    /// - Parameters:
    ///   - bytes: The whole file. Copied.
    ///   - maxPixels: The maximum width × height of a picture, in pixels.
    ///   - longestSide: The longest side that any caller will request, in pixels. A much larger JPEG is decoded at 1/2, 1/4
    ///     or 1/8 of its size, but still reports the size in the file. `nil`: always decodes at full size.
    ///   - sandbox: Where to decode. `nil`: as `DecoderSandbox.mode` says.
    /// - Throws: `FrameSamplingError`: `.notAnImage`, `.brokenImage` or `.tooManyPixels`.
    public init(
        _ bytes: some ContiguousBytes, maxPixels: Int, longestSide: Int? = nil, sandbox: SandboxMode? = nil
    ) throws(FrameSamplingError) {
        var opened: OpaquePointer?
        let code = bytes.withUnsafeBytes { buffer -> Int32 in
            guard let base = buffer.baseAddress else { return Int32(CFS_ERROR_NOT_AN_IMAGE) }
            return csb_image_open(
                base.assumingMemoryBound(to: UInt8.self), buffer.count, Int64(maxPixels),
                Int32(clamping: longestSide ?? 0), DecoderSandbox.applies(sandbox), &opened)
        }
        guard let opened else { throw FrameSamplingError(code: code, name: "the image") }
        guard let format = Format(rawValue: String(cString: csb_image_format(opened))) else {
            csb_image_close(opened)
            throw FrameSamplingError(code: Int32(CFS_ERROR_NOT_AN_IMAGE), name: "the image")
        }
        handle = opened
        self.format = format
    }

    deinit { csb_image_close(handle) }

    /// Makes `next()` throw `.cancelled`: immediately if it is waiting for memory, otherwise after the current picture, since
    /// decoding cannot be interrupted. Call it from any thread, as often as you like.
    public func cancel() { csb_image_cancel(handle) }

    /// Decodes the next picture.
    /// - Returns: `nil` at the end.
    /// - Throws: `FrameSamplingError`. An incomplete image is an error, not a picture. `.tooManyPages` after the 50th
    ///   page of a document that has more.
    public func next() throws(FrameSamplingError) -> DecodedPicture? {
        var picture: OpaquePointer?
        let code = csb_image_next(handle, &picture)
        guard code >= 0 else { throw FrameSamplingError(code: code, name: "the image") }
        return picture.map { DecodedPicture(owning: $0) }
    }

    /// Loads what the decoders read besides the image, such as the list of fonts. Afterwards they open no files, so a
    /// process that calls this can be confined.
    package static func prepare() { cfs_image_prepare() }
}
