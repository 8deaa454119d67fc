import Foundation
import Moderation
import TestSupport
import Testing

@testable import FrameSampling

/// The pictures of a test image.
func read(_ name: String, maxPixels: Int = 64_000_000, longestSide: Int? = nil) throws -> [DecodedPicture] {
    try read(
        try Data(contentsOf: URL(filePath: Fixtures.image(name))), maxPixels: maxPixels, longestSide: longestSide)
}

func read(_ bytes: Data, maxPixels: Int = 64_000_000, longestSide: Int? = nil) throws -> [DecodedPicture] {
    let reader = try ImageReader(bytes, maxPixels: maxPixels, longestSide: longestSide)
    var pictures: [DecodedPicture] = []
    while let picture = try reader.next() { pictures.append(picture) }
    return pictures
}

/// Why a test image is not read to its end; `nil` if it is.
func code(_ name: String, maxPixels: Int = 64_000_000) -> FrameSamplingError.Code? {
    do {
        _ = try read(name, maxPixels: maxPixels)
        return nil
    } catch {
        return (error as? FrameSamplingError)?.code
    }
}

/// The format that a test image is taken for.
func format(_ name: String) throws -> ImageReader.Format {
    try ImageReader(try Data(contentsOf: URL(filePath: Fixtures.image(name))), maxPixels: 64_000_000).format
}

/// All pixels of a picture: RGB, rows from the top.
func pixels(_ picture: DecodedPicture) throws -> [UInt8] {
    try picture.pixels(.rgb, width: picture.width, height: picture.height)
}

/// How Pillow decodes an image: RGB, rows from the top.
/// - Parameters:
///   - path: A test image's name, or the path of another file.
///   - step: Python statements that change `image` first.
func asPillowShows(_ path: String, _ step: String = "") throws -> [UInt8] {
    let script = """
        import sys
        from PIL import Image, ImageCms
        image = Image.open(sys.argv[1])
        \(step)
        sys.stdout.buffer.write(image.convert("RGB").tobytes())
        """
    let file = path.hasPrefix("/") ? path : Fixtures.image(path)
    return [UInt8](try Python(lines: script, [file], in: "reference").run().output)
}

/// What a program makes of a test image, as Pillow reads the file that it writes.
/// - Parameters:
///   - program: Called with `arguments`, in which `INPUT` and `OUTPUT` stand for the files.
///   - ending: Added to the name of the output, or of the input where there is no `OUTPUT`.
///   - step: As in `asPillowShows`.
func asShown(
    by program: String, _ arguments: [String], _ name: String, ending: String = ".png", step: String = ""
) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let input = folder.url.appending(path: name).path, output = folder.url.appending(path: "shown").path
    try FileManager.default.copyItem(atPath: Fixtures.image(name), toPath: input)
    _ = try run(
        program,
        arguments.map {
            $0.replacingOccurrences(of: "INPUT", with: input).replacingOccurrences(of: "OUTPUT", with: output)
        })
    return try asPillowShows((arguments.contains { $0.contains("OUTPUT") } ? output : input) + ending, step)
}

/// Peak signal-to-noise ratio, dB. 0 for pictures of different sizes.
func likeness(_ one: [UInt8], _ other: [UInt8]) -> Double {
    guard one.count == other.count, !one.isEmpty else { return 0 }
    let squares = zip(one, other).reduce(0) { $0 + (Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1)) }
    return 10 * log10(255 * 255 * Double(one.count) / Double(max(1, squares)))
}

/// Every `step`th beginning of a test image, too short by `rest` bytes or more, is refused, and nothing crashes.
func expectNoBeginningIsAnImage(
    _ name: String, step: Int = 1, rest: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let whole = try Data(contentsOf: URL(filePath: Fixtures.image(name)))
    let read = stride(from: 0, to: whole.count - rest, by: step).filter { length in
        (try? FrameSamplingTests.read(Data(whole.prefix(length)))) != nil
    }
    #expect(read.isEmpty, "read: \(read.prefix(5))", sourceLocation: sourceLocation)
    // The control: all of it is one.
    #expect(throws: Never.self, sourceLocation: sourceLocation) { try FrameSamplingTests.read(whole) }
}

/// Whether red is in the upper half of a picture and blue in the lower one.
func isRedAboveBlue(_ picture: DecodedPicture) throws -> Bool {
    let halves = try picture.pixels(.rgb, width: 1, height: 2)
    return halves[0] > halves[2] + 100 && halves[5] > halves[3] + 100
}
