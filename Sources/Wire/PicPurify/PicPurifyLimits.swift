/// The service's documented limits.
public enum PicPurifyLimits {
    /// The maximum size of a picture, in bytes.
    public static let imageBytes = 16 << 20
    /// The maximum width and height of a picture, in pixels.
    public static let longestSide = 4096
    /// The maximum size of an uploaded video, in bytes.
    public static let videoBytes = 50_000_000
}
