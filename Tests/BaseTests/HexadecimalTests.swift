import Testing

@testable import Base

@Suite struct HexadecimalTests {
    @Test func `bytes have two digits each, leading zeros too`() {
        #expect([UInt8]([0, 1, 0x0F, 0x10, 0xFF]).hexadecimal == "00010f10ff")
        #expect([UInt8]().hexadecimal == "")
    }

    @Test func `a number has all its digits`() {
        #expect(UInt64(0xAB).hexadecimal == "00000000000000ab")
        #expect(UInt64.max.hexadecimal == "ffffffffffffffff")
        #expect(UInt8(7).hexadecimal == "07")
    }
}
