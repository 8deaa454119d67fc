/// What the service takes, from its documentation.
public enum WebPurifyLimits {
    /// Bytes of a picture; not documented.
    public static let imageBytes = 16 << 20
    /// Pixels of each side of a picture.
    public static let shortestSide = 50
}
