import Foundation
import FuzzDriver

// The first byte of an input names the kind of document, the others are the document.

@_cdecl("LLVMFuzzerTestOneInput")
func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Data(UnsafeBufferPointer(start: start, count: count))
    let document = Data(input.dropFirst())
    switch input.first {
    case UInt8(ascii: "j"): checkMessages(document)
    case UInt8(ascii: "w"): checkWebPurifyJSON(document)
    case UInt8(ascii: "x"): checkWebPurifyXML(document)
    case UInt8(ascii: "r"): checkResult(document)
    case UInt8(ascii: "p"): checkPolicy(document)
    case UInt8(ascii: "d"): checkDecision(document)
    default: break
    }
    return 0
}

#if !FUZZING
    @main enum FuzzDocuments {
        static func main() { exit(replay(test)) }
    }
#endif
