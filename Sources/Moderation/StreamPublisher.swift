/// Who sends a live stream to a media server, as the server told.
public struct StreamPublisher: Codable, Hashable, Sendable {
    /// The media server's kind, such as `nginx-rtmp`.
    public var server: String
    /// The application, and the stream's name in it.
    public var app, name: String
    /// What the server calls the connection by.
    public var id: String?
    /// The publisher's address.
    public var address: String?

    /// See the properties of the same names.
    public init(server: String, app: String, name: String, id: String? = nil, address: String? = nil) {
        (self.server, self.app, self.name, self.id, self.address) = (server, app, name, id, address)
    }
}
