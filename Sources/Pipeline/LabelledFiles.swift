import Foundation
import FrameSampling

/// A picture or video, labeled with whether it shows the category.
public struct LabelledFile: Hashable, Sendable {
    /// The name for reports.
    public let name: String
    /// The file or address.
    public let input: VideoInput
    /// Whether it shows the category.
    public let isPositive: Bool
}

/// Reads labeled examples from folders or a table.
public enum LabelledFiles {
    /// Why examples could not be read.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// One sentence.
        public let description: String
    }

    /// The names of the folders of positives and negatives, which are also the labels in tables.
    public static let (positives, negatives) = ("positive", "negative")

    /// The largest table, in bytes.
    private static let largest = 64 << 20

    /// Finds the files under `positive` and `negative` in a folder, including subfolders.
    /// - Returns: The files sorted by name, without hidden ones.
    /// - Throws: `Problem` if a folder is missing or empty, or the system's error if it cannot be read.
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

    /// Reads a table with a path and a label per line. Paths are relative to the table's folder, or http(s) addresses;
    /// labels are `positive`, `negative`, `1` or `0`. A header `path,label` is skipped.
    /// - Throws: `Problem`.
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
                // The file's name is shown rather than the path, because an address may contain credentials.
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
            // Fields with commas or quotes are quoted as in RFC 4180.
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
