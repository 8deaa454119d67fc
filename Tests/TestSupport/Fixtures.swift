import Foundation

/// The clips `Tests/make-fixtures` makes.
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

    /// The Python the tests' packages are installed for.
    public static let python = root.appendingPathComponent(".deps/venv/bin/python").path
}
