import CPDQ
import Moderation

/// A picture, reduced to what its hashes are made of: one look at it gives the hash in all eight turns and mirrors.
public struct PictureTransform: Sendable {
    /// How much there is to tell it by, 0…100. Below 50 (a flat or blurred picture) its hash says little.
    public let quality: Int
    private let coefficients: [Float]

    /// - Parameters:
    ///   - rgb: 3 bytes a pixel, rows from the top without padding.
    ///   - width, height: Pixels.
    ///   - part: Only this part of the picture.
    /// Returns `nil` where the picture or part is smaller than 5 pixels, which has no hash. Throws
    /// `KnownContentError.outOfMemory`.
    public init?(rgb: [UInt8], width: Int, height: Int, part: PicturePart? = nil) throws {
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
        guard code >= 0 else { throw KnownContentError.outOfMemory }
        quality = Int(code)
    }

    /// The hash of the picture as it looks after the turn.
    public func hash(_ turn: PictureTurn = .none) -> PDQHash {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { bytes in
            guard let first = bytes.bindMemory(to: UInt64.self).baseAddress else { return }
            cpdq_hash(coefficients, Int32(turn.code), first)
        }
        return PDQHash(words: words)
    }
}

extension PictureTransform {
    /// Of a still at its own size, since shrinking it first would move some ten bits. Throws what the still throws.
    public init?(_ still: any Still) throws {
        try self.init(
            rgb: try still.pixels(.rgb, width: still.width, height: still.height), width: still.width,
            height: still.height)
    }
}

/// Part of a picture: pixels, from its upper left corner.
public struct PicturePart: Hashable, Sendable {
    public var x, y, width, height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// What is left of a picture when its black bars are cut off; `nil` where it has none, or is black altogether.
    /// Parameters as for `PictureTransform`. Throws `KnownContentError.outOfMemory`.
    public init?(withinBarsOf rgb: [UInt8], width: Int, height: Int) throws {
        precondition(rgb.count >= 3 * width * height)
        var part = cpdq_part()
        let code = rgb.withUnsafeBufferPointer { pixels in
            pixels.baseAddress.map { cpdq_cut_bars($0, Int32(width), Int32(height), 3 * width, &part) } ?? 0
        }
        if code == Int32(CPDQ_ERROR_NO_MEMORY) { throw KnownContentError.outOfMemory }
        guard code == 1 else { return nil }
        self.init(x: Int(part.x), y: Int(part.y), width: Int(part.width), height: Int(part.height))
    }
}

/// The ways to turn and mirror a picture. Degrees are clockwise.
public enum PictureTurn: String, Hashable, Sendable, CaseIterable {
    case none
    /// Left becomes right.
    case mirrored
    /// Top becomes bottom.
    case flipped
    case rotated90, rotated180, rotated270
    /// Rows become columns.
    case transposed
    /// The same along the other diagonal.
    case transversed

    /// The shim's: transposing, then mirroring.
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
