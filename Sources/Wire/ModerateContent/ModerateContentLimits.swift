/// What the service takes, from its documentation.
public enum ModerateContentLimits {
    /// Bytes of a picture; under 1 MB is advised.
    public static let imageBytes = 10_000_000
}
