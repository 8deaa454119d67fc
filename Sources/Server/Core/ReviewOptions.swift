/// What is kept for the review queue.
public struct ReviewOptions: Hashable, Sendable {
    /// Whether pictures of what people should look at are kept in the store. Default false.
    public var keepsPictures = false
    /// The most bytes of all pictures together; the oldest go first. Default 1 GiB.
    public var maxBytes = 1 << 30
    /// How long pictures are kept. Default 30 days.
    public var pictureAge: Duration = .seconds(30 * 86_400)
    /// How long cases are kept with their part of the trail. Default 365 days.
    public var caseAge: Duration = .seconds(365 * 86_400)

    /// No pictures.
    public init() {}
}
