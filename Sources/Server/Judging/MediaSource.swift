/// The one medium that a request is about.
enum MediaSource: Sendable {
    case upload(Upload)
    case address(String)

    /// - Throws: `Refusal.twoMedia`, or `Refusal.noMedia`.
    init(file: Upload?, url: String?) throws(Refusal) {
        switch (file, url) {
        case (let file?, nil): self = .upload(file)
        case (nil, let url?): self = .address(url)
        case (nil, nil): throw .noMedia
        case (.some, .some): throw .twoMedia
        }
    }

    /// The file, if it is one.
    var file: Upload? {
        if case .upload(let file) = self { file } else { nil }
    }

    /// The address, if it is one.
    var url: String? {
        if case .address(let url) = self { url } else { nil }
    }
}
