import Foundation

/// A file or standard output. A file is opened before any work, so that a bad path costs nothing.
struct Output {
    private let path: String?
    private let file: FileHandle

    init(path: String?) throws {
        self.path = path
        guard let path, path != "-" else {
            file = .standardOutput
            return
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CommandError(.ioError, "\(path): \(String(cString: strerror(errno))).")
        }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    var isTerminal: Bool { isatty(file.fileDescriptor) == 1 }

    func write(_ text: String) throws { try write(Data(text.utf8)) }

    func write(_ data: Data) throws {
        do {
            if path != nil, path != "-" { _ = ftruncate(file.fileDescriptor, 0) }
            try file.write(contentsOf: data)
        } catch {
            throw CommandError(.ioError, "\(path ?? "standard output"): the report could not be written.")
        }
    }
}
