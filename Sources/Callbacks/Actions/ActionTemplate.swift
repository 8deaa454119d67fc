import Foundation
import Mustache

/// A Mustache template of an action, checked when it is read. Values are escaped for where they stand; nothing can turn
/// that off.
struct ActionTemplate: Sendable {
    /// Where a template's text goes.
    enum Place: String, CaseIterable, Sendable {
        case url, header, json, form, text
    }

    /// Why a template cannot be used: a sentence.
    struct Fault: Error {
        let sentence: String
    }

    private let template: MustacheTemplate
    /// The fields without which the text would mean something else: those outside of sections.
    let needed: [String]

    /// - Parameters:
    ///   - environment: The names of environment variables that it may have.
    /// - Throws: `Fault`.
    init(_ text: String, _ place: Place, environment: Set<String>) throws(Fault) {
        needed = try Self.check(text, environment: environment)
        _ = Self.escapings
        do {
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE: \(Self.name(place)) }}" + text)
        } catch let error as MustacheTemplate.ParserError {
            throw Fault(sentence: "the template cannot be parsed: \(error.error).")
        } catch {
            throw Fault(sentence: "the template cannot be parsed: \(error).")
        }
    }

    /// The text with values in the place of fields.
    func render(_ values: ActionEvent.Values) -> String { template.render(values) }

    // MARK: Escaping

    private static func name(_ place: Place) -> String { "framesift_" + place.rawValue }

    /// The package knows ways to escape by their names only.
    private static let escapings: Void = {
        for place in Place.allCases { MustacheContentTypes.register(Escaping(place: place), named: name(place)) }
    }()

    private struct Escaping: MustacheContentType {
        let place: Place

        func escapeText(_ text: String) -> String { ActionTemplate.escape(text, for: place) }
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    /// The text so that it means itself in that place.
    static func escape(_ text: String, for place: Place) -> String {
        switch place {
        case .url, .form: text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
        case .header: String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }))
        case .json: text.unicodeScalars.map(inJSON).joined()
        case .text: text
        }
    }

    private static func inJSON(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": "\\\""
        case "\\": "\\\\"
        case _ where scalar.value < 32: String(format: "\\u%04x", scalar.value)
        default: String(scalar)
        }
    }

    // MARK: Checks

    /// Looks at each tag. What would be replaced by nothing, or unescaped, is refused.
    /// - Returns: The names of fields outside of sections.
    private static func check(_ text: String, environment: Set<String>) throws(Fault) -> [String] {
        var sections: [String] = []
        var needed: [String] = []
        var rest = text[...]
        while let opening = rest.firstRange(of: "{{") {
            rest = rest[opening.upperBound...]
            guard let closing = rest.firstRange(of: "}}") else {
                throw Fault(sentence: "the template cannot be parsed: a tag has no end.")
            }
            let tag = rest[..<closing.lowerBound]
            rest = rest[closing.upperBound...]
            let name = tag.drop { "#^/!".contains($0) }.trimmingCharacters(in: .whitespaces)
            switch tag.first {
            case "!": break
            case "/": _ = sections.popLast()
            case "#", "^": sections.append(try full(name, in: sections, environment))
            case let first? where "{&><$%=*".contains(first):
                throw Fault(sentence: "{{\(first) is not for actions: values are always escaped.")
            default:
                if sections.isEmpty {
                    needed.append(try full(name, in: [], environment))
                } else if name != "." {
                    _ = try full(name, in: sections, environment)
                }
            }
        }
        return needed
    }

    /// A field's whole name. In a section it may be short.
    private static func full(
        _ name: String, in sections: [String], _ environment: Set<String>
    ) throws(Fault) -> String {
        if name.hasPrefix("env.") {
            let variable = String(name.dropFirst(4))
            guard environment.contains(variable) else {
                throw Fault(sentence: "{{\(name)}} needs \(variable) in the list env.")
            }
            return name
        }
        let candidates = [name] + sections.reversed().map { $0 + "." + name }
        guard let known = candidates.first(where: ActionEvent.fieldNames.contains) else {
            throw Fault(
                sentence:
                    "unknown field {{\(name)}}; known: \(ActionEvent.fieldNames.sorted().joined(separator: ", ")).")
        }
        return known
    }
}
