import Foundation

/// XML as services answer with it.
package enum PlainXML {
    /// The root element of a document. Refuses text that is not UTF-8 and processing instructions, since Foundation's
    /// parser may crash on them, and document types. Services' responses have none of these.
    /// - Throws: `DecodingError`.
    package static func root(of data: Data) throws -> Data {
        var rest = data.drop { $0 != UInt8(ascii: "<") }
        if rest.starts(with: "<?xml".utf8), let end = rest.range(of: Data("?>".utf8)) { rest = rest[end.upperBound...] }
        let isStrange = ["<?", "<!DOCTYPE"].contains { rest.range(of: Data($0.utf8)) != nil }
        guard !isStrange, String(validating: rest, as: UTF8.self) != nil else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "This is not a response in XML."))
        }
        return Data(rest)
    }
}
