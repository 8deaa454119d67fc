/// The medium that a request is about: an upload or an address.
enum MediaSource: Sendable {
    case upload(Upload)
    case address(String)

    /// Creates a source from whichever of the two a request has.
    /// - Throws: `Refusal.twoMedia` or `Refusal.noMedia`.
    init(file: Upload?, url: String?) throws(Refusal) {
        switch (file, url) {
        case (let file?, nil): self = .upload(file)
        case (nil, let url?): self = .address(url)
        case (nil, nil): throw .noMedia
        case (.some, .some): throw .twoMedia
        }
    }

    /// The upload; `nil` for an address.
    var file: Upload? {
        if case .upload(let file) = self { file } else { nil }
    }

    /// The address; `nil` for an upload.
    var url: String? {
        if case .address(let url) = self { url } else { nil }
    }
}
