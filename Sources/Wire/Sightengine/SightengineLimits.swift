/// What the service takes, from its help pages.
public enum SightengineLimits {
    /// Bytes of a picture.
    public static let imageBytes = 12 << 20
    /// Bytes of a video that is posted directly.
    public static let postedVideoBytes = 50_000_000
    /// Of a video that is answered at once; longer ones are jobs.
    public static let longestAtOnce = Duration.seconds(60)
}
