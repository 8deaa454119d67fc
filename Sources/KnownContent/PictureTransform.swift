import CPDQ
import Moderation

/// The transform of a picture that its hashes are computed from. Gives the hashes of all eight rotations and mirrorings.
public struct PictureTransform: Sendable {
    /// How much detail the picture has, 0…100. The hash of a flat or blurred picture (below 50) says little.
    public let quality: Int
    private let coefficients: [Float]

    /// Returns `nil` if a side of the picture or part has fewer than 5 pixels; such a picture has no hash.
    /// - Parameters:
    ///   - rgb: 3 bytes per pixel, rows from top to bottom without padding.
    ///   - width: In pixels.
    ///   - height: In pixels.
    ///   - part: The part of the picture to hash. `nil`: all of it.
    /// - Throws: `KnownContentError.outOfMemory`
    public init?(rgb: [UInt8], width: Int, height: Int, part: PicturePart? = nil) throws(KnownContentError) {
        let part = part ?? PicturePart(x: 0, y: 0, width: width, height: height)
        precondition(rgb.count >= 3 * width * height)
        precondition(part.x >= 0 && part.y >= 0 && part.x + part.width <= width && part.y + part.height <= height)
        var code: Int32 = 0
        coefficients = [Float](unsafeUninitializedCapacity: Int(CPDQ_COEFFICIENTS)) { buffer, count in
            code = rgb.withUnsafeBufferPointer { pixels in
                guard let values = buffer.baseAddress, let first = pixels.baseAddress else {
                    return Int32(CPDQ_ERROR_TOO_SMALL)
                }
                return cpdq_transform(
                    first + 3 * (part.y * width + part.x), Int32(part.width), Int32(part.height), 3 * width, values)
            }
            count = code < 0 ? 0 : Int(CPDQ_COEFFICIENTS)
        }
        if code == Int32(CPDQ_ERROR_TOO_SMALL) { return nil }
        guard code >= 0 else { throw .outOfMemory }
        quality = Int(code)
    }

    /// Returns the hash of the picture after a rotation or mirroring.
    public func hash(_ turn: PictureTurn = .none) -> PDQHash {
        var words = SIMD4<UInt64>()
        withUnsafeMutableBytes(of: &words) { bytes in
            guard let first = bytes.bindMemory(to: UInt64.self).baseAddress else { return }
            cpdq_hash(coefficients, Int32(turn.code), first)
        }
        return PDQHash(words: words)
    }
}

extension PictureTransform {
    /// Transforms a still at its full size, since scaling it down first would change about ten bits of the hash. Returns
    /// `nil` if a side has fewer than 5 pixels.
    /// - Throws: Errors of the still, and `KnownContentError.outOfMemory`.
    public init?(_ still: any Picture) throws {
        try self.init(
            rgb: try still.pixels(.rgb, width: still.width, height: still.height), width: still.width,
            height: still.height)
    }
}

/// A rectangle within a picture.
public struct PicturePart: Hashable, Sendable {
    /// In pixels, from the top left corner of the picture.
    public var x, y, width, height: Int

    /// See the properties of the same names.
    public init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// Finds the part of a picture within its black bars. Returns `nil` if it has no bars or is entirely black. The
    /// parameters are those of `PictureTransform`.
    /// - Throws: `KnownContentError.outOfMemory`
    public init?(withinBarsOf rgb: [UInt8], width: Int, height: Int) throws(KnownContentError) {
        precondition(rgb.count >= 3 * width * height)
        var part = cpdq_part()
        let code = rgb.withUnsafeBufferPointer { pixels in
            pixels.baseAddress.map { cpdq_cut_bars($0, Int32(width), Int32(height), 3 * width, &part) } ?? 0
        }
        if code == Int32(CPDQ_ERROR_NO_MEMORY) { throw .outOfMemory }
        guard code == 1 else { return nil }
        self.init(x: Int(part.x), y: Int(part.y), width: Int(part.width), height: Int(part.height))
    }
}

/// The rotations and mirrorings of a picture.
public enum PictureTurn: String, Hashable, Sendable, CaseIterable {
    /// As is.
    case none
    /// Left and right swapped.
    case mirrored
    /// Top and bottom swapped.
    case flipped
    /// Degrees clockwise.
    case rotated90, rotated180, rotated270
    /// Mirrored along the diagonal from top left to bottom right.
    case transposed
    /// Mirrored along the other diagonal.
    case transversed

    /// The same as the shim's flags, which transpose before they mirror.
    var code: Int {
        switch self {
        case .none: 0
        case .mirrored: Int(CPDQ_MIRROR_ACROSS)
        case .flipped: Int(CPDQ_MIRROR_DOWN)
        case .rotated180: Int(CPDQ_MIRROR_ACROSS | CPDQ_MIRROR_DOWN)
        case .transposed: Int(CPDQ_TRANSPOSE)
        case .rotated90: Int(CPDQ_TRANSPOSE | CPDQ_MIRROR_ACROSS)
        case .rotated270: Int(CPDQ_TRANSPOSE | CPDQ_MIRROR_DOWN)
        case .transversed: Int(CPDQ_TRANSPOSE | CPDQ_MIRROR_ACROSS | CPDQ_MIRROR_DOWN)
        }
    }
}
