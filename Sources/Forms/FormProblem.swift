/// Why a form cannot be parsed.
package enum FormProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The content type names no usable boundary, or the body does not begin with it.
    case noBoundary
    case unnamedPart
    case headersTooLong
    case unexpectedEnd
    /// More fields than the caller's limit.
    case tooManyFields

    package var description: String {
        switch self {
        case .noBoundary: "it does not begin with its boundary"
        case .unnamedPart: "a part has no name"
        case .headersTooLong: "the headers of a part are too long"
        case .unexpectedEnd: "it ends too early"
        case .tooManyFields: "it has too many fields"
        }
    }
}
