import Forms
import FuzzDriver
import Glibc

// The first byte of an input names the parser, the others are what it parses.

@_cdecl("LLVMFuzzerTestOneInput")
func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
    let rest = Array(input.dropFirst())
    switch input.first {
    case UInt8(ascii: "m"): checkMultipart(rest)
    case UInt8(ascii: "u"): checkURLEncoded(rest)
    case UInt8(ascii: "h"): checkHeader(rest)
    default: break
    }
    return 0
}

#if !FUZZING
    @main enum FuzzForms {
        static func main() { exit(replay(test)) }
    }
#endif
