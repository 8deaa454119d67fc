/// The service's documented limits.
public enum ModerateContentLimits {
    /// The maximum size of a picture, in bytes. The service recommends less than 1 MB.
    public static let imageBytes = 10_000_000
}
