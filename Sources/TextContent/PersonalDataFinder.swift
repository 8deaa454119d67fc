import Foundation
import Moderation

/// Finds email addresses, site addresses, phone numbers and social media accounts in a line of text.
///
/// Patterns are only tried where a match can begin, and all repetitions are bounded, so the time is linear in the length
/// of the line. An instance keeps its compiled patterns: reuse it for many lines, by one task at a time.
public struct PersonalDataFinder {
    private let email = Pattern(PersonalPatterns.email, notAfter: ".+-")
    private let site = Pattern(PersonalPatterns.site.ignoresCase(), notAfter: "@.")
    private let account = Pattern(PersonalPatterns.account.ignoresCase(), notAfter: "")
    private let handle = Pattern(PersonalPatterns.handle, notAfter: "@.")
    private let phones = [
        Pattern(PersonalPatterns.internationalPhone, notAfter: "+"),
        Pattern(PersonalPatterns.groupedPhone, notAfter: ".,/:+"),
        Pattern(PersonalPatterns.plainPhone, notAfter: ".,/:+-"),
    ]
    private let noPhone = PersonalPatterns.noPhone

    /// Compiles the patterns.
    public init() {}

    /// Returns the personal data in a line: email addresses first, then sites, accounts and phone numbers. Only the first
    /// 1000 characters are searched.
    public func find(in text: String) -> [TextLine.PersonalDatum] {
        var rest = String(text.prefix(Folding.maxLength)).precomposedStringWithCompatibilityMapping
        func take(_ kind: TextLine.PersonalDatum.Kind, _ patterns: Pattern...) -> [TextLine.PersonalDatum] {
            Pattern.take(patterns, from: &rest).map { .init(kind: kind, text: $0) }
        }
        var found = take(.email, email) + take(.url, site)
        let withAccounts = rest
        found += take(.social, account) + take(.social, handle)
        rest = withAccounts
        found += Pattern.take(phones, from: &rest).filter(isPhone).map { .init(kind: .phone, text: $0) }
        return found
    }

    /// 8 to 15 digits with a country code, 9 to 15 without.
    private func isPhone(_ text: String) -> Bool {
        let digits = text.count(where: \.isNumber)
        return (text.hasPrefix("+") ? 8...15 : 9...15).contains(digits) && text.wholeMatch(of: noPhone) == nil
    }
}

private enum PersonalPatterns {
    static var email: Regex<Substring> {
        #/
        [A-Za-z0-9][\w.+\-]{0,63} \s?@\s? [A-Za-z0-9\-]{1,63} (?:\s?\.\s?[A-Za-z0-9\-]{1,63}){0,8}
        \s?\.\s?[A-Za-z]{2,24} (?![\w\-])
        /#
    }

    static var site: Regex<Substring> {
        #/
        (?: https?\s?:\s?\/\s?\/\s?\S{3,200}
        | www\s?\.\s?[A-Za-z0-9\-]{2,63} (?:\.[A-Za-z0-9\-]{2,63}){1,8} (?:\/\S{0,200})?
        | (?:[A-Za-z0-9][A-Za-z0-9\-]{1,62}\.){1,8}
          (?:com|org|net|info|biz|io|me|tv|co|app|dev|xyz|shop|store|online|site|club|live|link|page|gg|ly|to|be|eu|uk|us|de
          |fr|it|es|nl|pl|pt|ru|ua|br|in|jp|cn|kr|au|ca|ch|at|se|no|dk|fi|ie|mx|ar|tr|gr|cz|ro|hu|edu|gov)
          (?:\/\S{0,200})?
        ) (?![\w@\-])
        /#
    }

    /// The name of a service, followed by an account.
    static var account: Regex<Substring> {
        #/
        (?:insta(?:gram)?|ig|snap(?:chat)?|sc|tik\s?tok|telegram|tg|whats\s?app|wa|kik|twitter|facebook|fb|discord|onlyfans
        |yt|youtube|skype|line\s?id) \s?[:@=]\s? @?[A-Za-z0-9_.\#]{3,30}
        /#
    }

    static var handle: Regex<Substring> { #/@[A-Za-z_][A-Za-z0-9_.]{2,29}(?![\w@])/# }

    static var internationalPhone: Regex<Substring> {
        #/\+\d{1,15}(?:[\s\(\).\-\/]{1,3}\d{1,10}){0,6}(?!\w)/#
    }

    static var groupedPhone: Regex<Substring> {
        #/(?:\(\d{1,4}\)[\s.\-]{0,2})?\d{2,4}(?:[\s.\-]{1,2}\d{2,4}){1,4}(?![\w\/:])/#
    }

    static var plainPhone: Regex<Substring> { #/0\d{2,5}[\s\/\-]{0,3}\d{4,9}(?![\w\/:.\-])/# }

    /// Dates, ranges of years and IP addresses, which are grouped like phone numbers.
    static var noPhone: Regex<Substring> {
        #/
        (?:19|20)\d\d[\s.\-]+\d\d[\s.\-]+\d\d.* | \d\d[\s.\-]+\d\d[\s.\-]+(?:19|20)\d\d.*
        | (?:1[5-9]|20)\d\d\s?-\s?(?:1[5-9]|20)\d\d | \d{1,3}(?:\.\d{1,3}){3}
        /#
    }
}

private struct Pattern {
    let regex: Regex<Substring>
    /// A match does not begin directly after one of these characters, a letter, a digit or `_`.
    let notAfter: String

    init(_ regex: Regex<Substring>, notAfter: String) {
        (self.regex, self.notAfter) = (regex, notAfter)
    }

    private func canFollow(_ character: Character?) -> Bool {
        guard let character else { return true }
        return !(character.isLetter || character.isNumber || character == "_" || notAfter.contains(character))
    }

    private func match(at start: Substring, after character: Character?) -> Regex<Substring>.Match? {
        canFollow(character) ? try? regex.prefixMatch(in: start) : nil
    }

    /// Removes all matches of the patterns from `text`, leaving a space in place of each, and returns them.
    static func take(_ patterns: [Pattern], from text: inout String) -> [String] {
        var found: [String] = []
        var rest = "", index = text.startIndex
        var before: Character?
        while index < text.endIndex {
            let start = text[index...], last = before
            if let match = patterns.lazy.compactMap({ $0.match(at: start, after: last) }).first {
                found.append(String(match.output))
                rest.append(" ")
                before = match.output.last
                index = match.range.upperBound
            } else {
                before = text[index]
                rest.append(text[index])
                index = text.index(after: index)
            }
        }
        text = rest
        return found
    }
}
