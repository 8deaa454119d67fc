import Foundation
import FrameSampling
import TestSupport
import Testing

@testable import Batches

@Suite struct FolderWalkTests {
    private func found(_ walk: FolderWalk) -> [String] {
        var all: [String] = []
        while let next = walk.next() {
            switch next {
            case .file(let path): all.append(path)
            case .problem(let path, let reason): all.append("\(path): \(reason)")
            }
        }
        return all
    }

    private func make(_ paths: [String], in folder: TemporaryFolder) throws {
        for path in paths {
            let url = folder.url.appending(path: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: url)
        }
    }

    @Test func `files come sorted, folder by folder, without hidden ones`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try make(["b.mp4", "a/z", "a/b/y", "c/x", ".hidden", "a/.hidden/w", "B", "ä"], in: folder)
        let root = folder.url.path
        let expected = ["B", "a/b/y", "a/z", "b.mp4", "c/x", "ä"].map { "\(root)/\($0)" }
        #expect(found(FolderWalk(root, excluding: nil)) == expected)
        #expect(found(FolderWalk(root + "/", excluding: nil)) == expected)
        #expect(
            found(FolderWalk(root, excluding: FolderWalk.Place(root + "/a")))
                == expected.filter { !$0.hasPrefix(root + "/a/") })
    }

    @Test func `links lead to files, and never to folders`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try make(["a/file"], in: folder)
        let root = folder.url.path
        for (link, target) in [("a/up", ".."), ("link", "a/file"), ("self", "self"), ("gone", "nothing")] {
            try FileManager.default.createSymbolicLink(atPath: "\(root)/\(link)", withDestinationPath: target)
        }
        #expect(mkfifo("\(root)/pipe", 0o600) == 0)
        let all = found(FolderWalk(root, excluding: nil))
        #expect(all.count == 4 && all[0] == "\(root)/a/file" && all[2] == "\(root)/link")
        #expect(all[1].hasPrefix("\(root)/gone: ") && all[3].hasPrefix("\(root)/self: "), "\(all)")
        // Named explicitly, a link to a folder is followed.
        try FileManager.default.createSymbolicLink(atPath: "\(root)/b", withDestinationPath: "a")
        #expect(found(FolderWalk("\(root)/b", excluding: nil)) == ["\(root)/b/file"])
        #expect(found(FolderWalk("\(root)/none", excluding: nil)).count == 1)
    }
}

@Suite struct LineReaderTests {
    private func lines(_ text: [UInt8], isStopped: @escaping @Sendable () -> Bool = { false }) throws
        -> [LineReader.Line]
    {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.url.appending(path: "list").path
        try Data(text).write(to: URL(filePath: path))
        let reader = LineReader(descriptor: open(path, O_RDONLY), isStopped: isStopped)
        var all: [LineReader.Line] = []
        while let line = reader.next() { all.append(line) }
        return all
    }

    @Test func `a line ends with a line feed or the file`() throws {
        #expect(
            try lines(Array("a\n\nb\r\nc".utf8)) == ["a", "", "b\r", "c"].map { .text(Array($0.utf8)) })
        #expect(try lines([]) == [] && lines(Array("a\n".utf8)) == [.text(Array("a".utf8))])
        #expect(try lines(Array("a\nb".utf8), isStopped: { true }) == [])
    }

    @Test func `a line may be as long as allowed, wherever blocks end, and no longer`() throws {
        let most = [UInt8](repeating: 0x78, count: LineReader.maxLength)
        let text = Array("short\n".utf8) + most + [0x0A, 0x79] + most + [0x0A] + Array("last".utf8)
        #expect(
            try lines(text) == [
                .text(Array("short".utf8)), .text(most), .tooLong, .text(Array("last".utf8)),
            ])
        #expect(try lines(most + most + most) == [.tooLong])
    }
}

@Suite struct BatchInputsTests {
    @Test func `arguments come first, then the lines of the list; each says what it is`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let root = folder.url.path
        try Data().write(to: folder.url.appending(path: "a"))
        let list = folder.url.appending(path: ".list")
        try
            "https://u:p@example.org/v?k=1\n\nftp://example.org/v\n-\n{\"input\": \"\(root)\", \"reference_id\": \"r\"}\n{"
            .write(
                to: list, atomically: true, encoding: .utf8)
        let inputs = try BatchInputs(
            ["b", root], list: list.path, excluding: nil, storage: { throw CancellationError() })
        var items: [BatchItem] = []
        while let item = await inputs.next() { items.append(item) }
        #expect(
            items.map(\.name) == [
                "b", root + "/a", "https://example.org/v", "ftp://example.org/v", "-", root + "/a",
                "line 6 of \(list.path)",
            ])
        let sources = items.map { if case .input(let input) = $0.source { input } else { nil as VideoInput? } }
        #expect(
            sources == [
                .path("b"), .path(root + "/a"), .address("https://u:p@example.org/v?k=1"), nil, nil, .path(root + "/a"),
                nil,
            ])
        #expect(items.map(\.isFound) == [false, true, false, false, false, true, false])
        #expect(items.map(\.referenceID) == [nil, nil, nil, nil, nil, "r", nil])
        #expect(throws: LineReader.Problem.self) {
            try BatchInputs([], list: root + "/none", excluding: nil, storage: { throw CancellationError() })
        }
    }
}
