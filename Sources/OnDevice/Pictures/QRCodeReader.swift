import CZBar
import Moderation

/// QR codes, by ZBar. A code that can be read is there; one that cannot is not counted.
enum QRCodeReader {
    /// Longest side looked at, pixels: enough for a code a phone could read off the screen.
    static let longestSide = 1280

    static func judgement(of still: any Still) throws -> Judgement {
        let texts = try read(still)
        return Judgement(
            probabilities: [.qr: texts.isEmpty ? 0 : 1], findings: Findings(qrCodes: texts.isEmpty ? nil : texts))
    }

    /// Texts of the QR codes in the picture.
    static func read(_ still: any Still) throws -> [String] {
        let longest = max(still.width, still.height)
        let scale = longest > longestSide ? Double(longestSide) / Double(longest) : 1
        let width = max(1, Int(Double(still.width) * scale)), height = max(1, Int(Double(still.height) * scale))
        let luma = try still.pixels(.gray, width: width, height: height)
        return luma.withUnsafeBytes { scan($0, width: width, height: height) }
    }

    private static func scan(_ luma: UnsafeRawBufferPointer, width: Int, height: Int) -> [String] {
        guard let scanner = zbar_image_scanner_create(), let image = zbar_image_create() else { return [] }
        defer {
            zbar_image_destroy(image)
            zbar_image_scanner_destroy(scanner)
        }
        zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0)
        zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1)
        // The bytes as they are: ZBar's guesses of a character set take short UTF-8 texts for Big5.
        zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1)
        let y800: UInt = 0x3030_3859  // the FourCC "Y800": 8-bit luma
        zbar_image_set_format(image, y800)
        zbar_image_set_size(image, UInt32(width), UInt32(height))
        // Without a clean-up handler the pixels stay ours; they outlive the image.
        zbar_image_set_data(image, luma.baseAddress, UInt(luma.count), nil)
        guard zbar_scan_image(scanner, image) > 0 else { return [] }
        var texts: [String] = []
        var symbol = zbar_image_first_symbol(image)
        while let current = symbol {
            if let data = zbar_symbol_get_data(current) {
                let bytes = UnsafeRawBufferPointer(start: data, count: Int(zbar_symbol_get_data_length(current)))
                texts.append(String(decoding: bytes, as: UTF8.self))
            }
            symbol = zbar_symbol_next(current)
        }
        return texts
    }
}
