import Foundation
import TestSupport
import Testing

/// The files of the C rooms lie in layers. A source and the header of its name are one unit.
@Suite struct LayersTests {
    static let rooms = ["CFrameSampler", "CHTTP", "COpenVINO", "CPDQ"]

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
