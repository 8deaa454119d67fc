import Foundation

/// What some tests need of the machine, and not every machine permits.
public enum Needed {
    /// Whether a test that makes such namespaces is to run: where they can be made, and wherever `CI` is set, so that there
    /// it fails instead of being skipped.
    /// - Parameter flags: Of `unshare`, such as `-rn` for a network of one's own.
    public static func namespaces(_ flags: String) -> Bool {
        ProcessInfo.processInfo.environment["CI"] != nil || (try? run("unshare", [flags, "true"]))?.status == 0
    }
}
