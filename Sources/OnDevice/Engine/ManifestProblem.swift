import Yams

/// Describes a YAML decoder's error in one sentence that names the place.
enum ManifestProblem {
    static func sentence(_ error: any Error) -> String {
        switch error {
        case let error as DecodingError: sentence(error)
        case YamlError.duplicatedKeysInMapping(let duplicates, _):
            "it contains \(duplicates.sorted().joined(separator: ", ")) twice."
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            "it is not valid YAML: \(problem) in line \(mark.line)."
        default: "it is not valid YAML."
        }
    }

    private static func sentence(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(way(context.codingPath + [key])) is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            // An error in the YAML itself surfaces as the first value's decoding error.
            if let underlying = context.underlyingError as? YamlError {
                sentence(underlying)
            } else {
                "\(way(context.codingPath)) has the wrong type or value: \(context.debugDescription)"
                    .replacing(/[.\n ]+$/, with: "") + "."
            }
        @unknown default: "it cannot be decoded."
        }
    }

    private static func way(_ path: [any CodingKey]) -> String {
        path.isEmpty
            ? "the manifest" : path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
