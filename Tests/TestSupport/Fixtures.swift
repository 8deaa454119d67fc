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
    public static let matrixNames: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("matrix").path)) ?? [])
        .sorted()

    /// An image that `make-images` makes.
    public static func image(_ name: String) -> String { folder.appendingPathComponent("images/\(name)").path }

    /// A program of `Tests/Programs`, by its path there.
    public static func program(_ path: String) -> String { root.appending(path: "Tests/Programs/\(path)").path }

    /// A picture that scikit-image ships.
    public static func skimage(_ name: String) throws -> String {
        let script = "import os, skimage; print(os.path.dirname(skimage.__file__), end='')"
        return try Python(lines: script, in: "reference").run().text + "/data/\(name)"
    }
}
