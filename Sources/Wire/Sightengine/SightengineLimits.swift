/// The service's limits, from its help pages.
public enum SightengineLimits {
    /// The maximum size of a picture, in bytes.
    public static let imageBytes = 12 << 20
    /// The maximum size of a video that is part of the request, in bytes.
    public static let postedVideoBytes = 50_000_000
    /// The maximum duration of a video that is judged synchronously. Longer ones are jobs.
    public static let maxSyncDuration = Duration.seconds(60)
}
