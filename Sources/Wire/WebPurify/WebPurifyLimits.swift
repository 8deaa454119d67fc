/// The service's limits.
public enum WebPurifyLimits {
    /// The maximum size of a picture, in bytes. Not documented.
    public static let imageBytes = 16 << 20
    /// The minimum width and height of a picture, in pixels.
    public static let shortestSide = 50
}
