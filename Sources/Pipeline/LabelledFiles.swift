import Foundation
import FrameSampling

/// A picture or video, and whether it shows what is looked for.
public struct LabelledFile: Hashable, Sendable {
    /// As it stands in reports.
    public let name: String
    public let input: VideoInput
    public let isPositive: Bool
}

/// Examples as people keep them.
public enum LabelledFiles {
    /// Why there are no examples, one sentence.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// The folders of positives and negatives.
    public static let (positives, negatives) = ("positive", "negative")

    /// Bytes of a table, at most.
    private static let largest = 64 << 20

    /// What lies under `positive` and `negative` in a folder, subfolders included, sorted by name. Hidden files are left
    /// out. Throws `Problem`.
    public static func under(_ folder: String) throws -> [LabelledFile] {
        try [(positives, true), (negatives, false)].flatMap { name, isPositive in
            let path = URL(filePath: folder).appending(path: name).path
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
                throw Problem(description: "\(folder): there is no folder “\(name)” in it.")
            }
            let files = try FileManager.default.subpathsOfDirectory(atPath: path).sorted().filter { file in
                !file.split(separator: "/").contains { $0.hasPrefix(".") }
                    && VideoInput.path("\(path)/\(file)").canBeReadAgain
            }
            guard !files.isEmpty else { throw Problem(description: "\(path): there are no files in this folder.") }
            return files.map {
                LabelledFile(name: "\(name)/\($0)", input: .path("\(path)/\($0)"), isPositive: isPositive)
            }
        }
    }

    /// A table: path and label a line, the path as seen from the table's folder, or an http(s) address; the label
    /// `positive`, `negative`, `1` or `0`. A first line `path,label` is passed over. Throws `Problem`.
    public static func listed(in table: String) throws -> [LabelledFile] {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: table),
            attributes[.type] as? FileAttributeType != .typeDirectory,
            let handle = FileHandle(forReadingAtPath: table),
            let data = try? handle.read(upToCount: largest + 1) ?? Data()
        else { throw Problem(description: "\(table): the table cannot be read.") }
        guard data.count <= largest else { throw Problem(description: "\(table): a table is at most 64 MiB.") }
        let folder = URL(filePath: table).deletingLastPathComponent().path
        var files: [LabelledFile] = []
        var lines: [String: Int] = [:]
        let text = String(decoding: data, as: UTF8.self).trimmingPrefix("\u{FEFF}")
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if line.allSatisfy(\.isWhitespace) || (index == 0 && line == "path,label") { continue }
            let place = "\(table):\(index + 1)"
            guard let row = Row(line) else {
                throw Problem(
                    description: "\(place): a line is a path, a comma and a label: positive, negative, 1 or 0.")
            }
            let file = row.file(in: folder)
            if let before = lines.updateValue(index + 1, forKey: row.path) {
                // The name of an address is without its credentials.
                throw Problem(description: "\(place): “\(file.name)” stands in line \(before) already.")
            }
            files.append(file)
        }
        for (isPositive, label) in [(true, positives), (false, negatives)] {
            guard files.contains(where: { $0.isPositive == isPositive }) else {
                throw Problem(description: "\(table): there is no \(label) example in it.")
            }
        }
        return files
    }

    private struct Row {
        let path: String
        let isPositive: Bool

        init?(_ line: Substring) {
            guard let comma = line.lastIndex(of: ",") else { return nil }
            switch line[line.index(after: comma)...].trimmingCharacters(in: .whitespaces) {
            case positives, "1": isPositive = true
            case negatives, "0": isPositive = false
            default: return nil
            }
            let field = line[..<comma].trimmingCharacters(in: .whitespaces)
            // As RFC 4180 quotes fields that hold commas or quotes.
            let isQuoted = field.count >= 2 && field.hasPrefix("\"") && field.hasSuffix("\"")
            path = isQuoted ? field.dropFirst().dropLast().replacingOccurrences(of: "\"\"", with: "\"") : field
            if path.isEmpty { return nil }
        }

        func file(in folder: String) -> LabelledFile {
            let isAddress: Bool = if case .address = VideoInput(path) { true } else { false }
            let input: VideoInput =
                isAddress ? VideoInput(path) : .path(path.hasPrefix("/") ? path : "\(folder)/\(path)")
            return LabelledFile(name: isAddress ? input.name : path, input: input, isPositive: isPositive)
        }
    }
}
