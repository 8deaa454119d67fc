import CZBar
import Moderation

/// Reads QR codes with ZBar. Codes that cannot be read do not count.
enum QRCodeReader {
    /// The longest side to look at, in pixels: enough for a code that a phone could read from the screen.
    static let longestSide = 1280

    static func judgement(of still: any Picture) throws -> Judgement {
        let texts = try read(still)
        return Judgement(
            probabilities: [.qr: texts.isEmpty ? 0 : 1], findings: Findings(qrCodes: texts.isEmpty ? nil : texts))
    }

    /// The texts of the QR codes in the picture.
    static func read(_ still: any Picture) throws -> [String] {
        let (width, height) = still.size(within: longestSide, .towardZero)
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
        // Take the bytes unchanged: ZBar's character set detection takes short UTF-8 texts for Big5.
        zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1)
        let y800: UInt = 0x3030_3859  // the FourCC "Y800": 8-bit luma
        zbar_image_set_format(image, y800)
        zbar_image_set_size(image, UInt32(width), UInt32(height))
        // Without a cleanup handler ZBar does not free the pixels. They outlive the image.
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
