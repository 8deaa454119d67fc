/// What the service takes, from its documentation.
public enum PicPurifyLimits {
    /// Bytes of a picture.
    public static let imageBytes = 16 << 20
    /// Pixels of each side of a picture.
    public static let longestSide = 4096
    /// Bytes of a video that is uploaded.
    public static let videoBytes = 50_000_000
}
