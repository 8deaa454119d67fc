import Foundation

/// A callback's name in a JSONP request.
enum JSONP {
    /// A JavaScript name, possibly with dots: nothing that could be script. Throws `Refusal.badParameter`.
    static func name(in form: Form) throws -> String? {
        guard let name = form["callback"] else { return nil }
        guard isValid(name) else { throw Refusal.badParameter("callback", "it has to be a JavaScript name") }
        return name
    }

    static func isValid(_ name: String) -> Bool {
        guard (1...128).contains(name.utf8.count), let first = name.utf8.first else { return false }
        func isLetter(_ byte: UInt8) -> Bool {
            (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: "$")
        }
        func isRest(_ byte: UInt8) -> Bool {
            isLetter(byte) || (48...57).contains(byte) || byte == UInt8(ascii: ".")
        }
        return isLetter(first) && name.utf8.allSatisfy(isRest)
    }

    /// A script that hands the answer over. Always 200: script elements hide everything else.
    static func wrap(_ json: Data, _ name: String) -> Reply {
        Reply(contentType: "application/javascript", body: Data("\(name)(".utf8) + json + Data(");".utf8))
    }
}
