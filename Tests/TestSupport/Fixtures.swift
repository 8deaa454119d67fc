import Foundation

/// The clips `Tests/Programs/Fixtures` makes.
public enum Fixtures {
    public static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    public static let folder = root.appendingPathComponent(".deps/fixtures")

    public static func matrix(_ name: String) -> String { folder.appendingPathComponent("matrix/\(name)").path }
    public static func broken(_ name: String) -> String { folder.appendingPathComponent("broken/\(name)").path }
    public static func still(_ name: String) -> String { folder.appendingPathComponent("stills/\(name)").path }
    public static func sample(_ name: String) -> String { root.appendingPathComponent("Samples/\(name)").path }

    /// Every clip of the matrix, by name.
    public static let matrixNames = [
        "animated.gif", "av1.mkv", "flv1.flv", "h264-422-10bit.mkv", "h264-444.mp4", "h264-closed.mp4",
        "h264-edit-list.mp4", "h264-fragmented.mp4", "h264-interlaced.ts", "h264-intra-refresh.ts",
        "h264-missing-pts.avi", "h264-odd.mp4", "h264-one-group.m4v", "h264-open.flv", "h264-open.mkv",
        "h264-open.mov", "h264-open.mp4", "h264-open.ts", "h264-rotated.mp4", "h264-starts-late.mkv",
        "h264-starts-late.ts", "h264-vfr.mkv", "h264-vfr.mp4", "hevc-10bit.mp4", "hevc-closed.mkv",
        "hevc-edit-list.mp4", "hevc-layers.mp4", "hevc-open.mp4", "hevc-open.ts", "mjpeg.avi", "mpeg1.mpg",
        "mpeg2-interlaced.ts", "mpeg2.mpg", "mpeg2.ts", "mpeg4-b-missing-pts.avi", "mpeg4-b.mp4",
        "mpeg4-not-coded.avi", "mpeg4.avi", "theora.ogg", "truncated.mp4", "truncated.ts", "truncated.webm",
        "vp8-hidden.webm", "vp9-hidden-apart.mkv", "vp9-hidden.webm", "vp9-odd.webm", "wmv1.asf", "wmv2.wmv",
    ]

    /// An image that `make-images` makes.
    public static func image(_ name: String) -> String { folder.appendingPathComponent("images/\(name)").path }

    /// An image of many pixels, which is not to be read often.
    public static func large(_ name: String) -> String { folder.appendingPathComponent("large/\(name)").path }

    /// A program of `Tests/Programs`, by its path there.
    public static func program(_ path: String) -> String { root.appending(path: "Tests/Programs/\(path)").path }

    /// A picture that scikit-image ships.
    public static func skimage(_ name: String) throws -> String {
        let script = "import os, skimage; print(os.path.dirname(skimage.__file__), end='')"
        return try Python(lines: script, in: "reference").run().text + "/data/\(name)"
    }
}
