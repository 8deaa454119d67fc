/// What a key is for. Raw values are the names in files of keys.
enum KeyRole: String, Hashable, Sendable, CaseIterable {
    /// To submit pictures, videos and streams, and to see their results.
    case submit
    /// To decide on the cases of all keys.
    case review
    /// To decide on escalated cases and to delete.
    case administer
}
