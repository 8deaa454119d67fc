import Foundation

/// Gives a fuzz target the files named as arguments, as libFuzzer does, whose `main` it has when it is built with
/// `FUZZING`. Returns the exit code.
public func replay(_ target: (UnsafePointer<UInt8>?, Int) -> CInt) -> CInt {
    for path in CommandLine.arguments.dropFirst() {
        guard let input = FileManager.default.contents(atPath: path) else {
            print("\(path): it cannot be read")
            return EX_NOINPUT
        }
        _ = input.withUnsafeBytes { target($0.bindMemory(to: UInt8.self).baseAddress, $0.count) }
    }
    return EXIT_SUCCESS
}

/// Says what an input has shown to be wrong, and traps.
public func require(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { fatalError(what()) }
}
