/// Why a form cannot be read.
package enum FormProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The content type names no boundary, or the body does not begin with it.
    case noBoundary
    case unnamedPart
    case headersTooLong
    case unexpectedEnd
    /// More than its reader takes.
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
