import Foundation
import TestSupport
import Testing

/// The files of the C rooms lie in layers. A source and the header of its name are one unit.
@Suite struct LayersTests {
    static let rooms = ["CFrameSampler", "CHTTP", "COpenVINO", "CPDQ", "CConfinement", "CSandbox"]

    @Test(arguments: rooms)
    func `units of C include one another downward only`(room: String) throws {
        var above = try Dictionary(grouping: files(of: room), by: { $0.unit }).mapValues { files in
            Set(files.flatMap(\.includes)).subtracting([files[0].unit])
        }
        while let lowest = above.first(where: { $0.value.isDisjoint(with: above.keys) }) { above[lowest.key] = nil }
        #expect(above.isEmpty, "these include one another in a circle")
    }

    /// Else a call could go upward though no include does.
    @Test(arguments: rooms)
    func `a function of C is declared in the header of its source`(room: String) throws {
        let files = try files(of: room), sources = files.filter { $0.name.hasSuffix(".c") }
        for header in files where header.name.hasSuffix(".h") {
            guard let source = sources.first(where: { $0.unit == header.unit }) else { continue }
            let elsewhere = header.declared.subtracting(source.defined)
            #expect(elsewhere.isEmpty, "declared in \(header.name)")
        }
    }

    /// What decodes for strangers is to hold nothing of the process that it works for.
    @Test func `what runs in a decoder's process includes nothing of the other side`() throws {
        let files = try files(of: "CSandbox"), own = Set(files.map(\.unit))
        let shared: Set<String> = ["channel", "protocol", "region"]
        let inside = own.filter {
            ($0.hasPrefix("worker") && $0 != "worker-handle") || ["rehearsal", "walls", "zygote"].contains($0)
        }
        #expect(inside.isSuperset(of: ["walls", "worker", "worker-picture", "zygote"]))
        let outside = { (file: SourceFile) in own.intersection(file.includes).subtracting(inside).subtracting(shared) }
        for file in files where inside.contains(file.unit) { #expect(outside(file).isEmpty, "\(file.name)") }
        // And that would show.
        #expect(files.contains { $0.name == "warm.c" && !outside($0).isEmpty })
    }

    /// From the bottom up; what lies in no folder is above all.
    @Test(arguments: [
        (
            "Server",
            ["Core", "Form", "Access", "Cases", "Judging", "Jobs", "HTTP", "Dialects", "Dashboard", "Review", ""]
        ),
        ("Pipeline", ["Judging", "", "Live"]), ("Batches", ["Rules", "Inputs", ""]),
    ])
    func `the folders of a room use the types of those below only`(room: String, folders: [String]) throws {
        let texts = try folders.map { try swift(in: room, $0) }
        for (index, folder) in folders.enumerated() {
            let declared = Set(
                texts[index].matches(
                    of: /(?m)^(?:public |package |final |indirect )*(?:struct|class|enum|actor|protocol) (\w+)/
                )
                .map { String($0.1) })
            #expect(!declared.isEmpty, "\(folder)")
            for below in texts[..<index] {
                let used = Set(below.matches(of: /\b[A-Z]\w+/).map { String($0.0) })
                #expect(declared.isDisjoint(with: used), "from \(folder)")
            }
        }
    }

    /// The Swift code of a folder, without comments and texts.
    private func swift(in room: String, _ folder: String) throws -> String {
        let place = Fixtures.root.appending(path: "Sources/\(room)").appending(path: folder)
        return try FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }
            .joined(separator: "\n").replacing(/\/\/[^\n]*/, with: "").replacing(/"(?:\\.|[^"\\\n])*"/, with: "")
    }
}

private struct SourceFile {
    let name: String
    let text: String

    var unit: String { String(name.prefix { $0 != "." }) }
    var includes: [String] { text.matches(of: /(?m)^#include "([^".]+)\.h"/).map { String($0.1) } }
    var declared: Set<String> { names(/(?m)^(?!static|typedef)[a-z][^(){};#\n]*?\b(\w+)\([^{}]*?\);$/) }
    var defined: Set<String> { names(/(?m)^(?!static|typedef)[a-z][^(){};#\n]*?\b(\w+)\([^{};]*?\) \{/) }

    private func names(_ pattern: Regex<(Substring, Substring)>) -> Set<String> {
        Set(text.matches(of: pattern).map { String($0.1) })
    }
}

private func files(of room: String) throws -> [SourceFile] {
    let folder = Fixtures.root.appendingPathComponent("Sources/\(room)")
    return try ["", "include/"].flatMap { place in
        try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(place).path)
            .filter { $0.hasSuffix(".c") || $0.hasSuffix(".h") }
            .map {
                SourceFile(
                    name: $0, text: try String(contentsOf: folder.appendingPathComponent(place + $0), encoding: .utf8))
            }
    }
}
