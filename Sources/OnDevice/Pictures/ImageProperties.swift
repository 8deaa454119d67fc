import Base
import Foundation
import Moderation

/// Technical properties of a picture, each 0…1.
struct ImageProperties: Hashable, Sendable {
    /// The amount of fine detail: 1 − e^(−m/8), where m is the mean absolute Laplacian of the luma (0…255).
    let sharpness: Double
    /// The distance between the 5th and 95th percentiles of luma, as a share of the whole range.
    let contrast: Double
    /// Mean luma.
    let brightness: Double
    /// One to five dominant colors, `#rrggbb`, the most frequent first.
    let colors: [String]

    static let categories: Set<ContentCategory> = [
        .qualitySharpness, .qualityContrast, .qualityBrightness, .qualityColors,
    ]

    var judgement: Judgement {
        Judgement(
            probabilities: [
                .qualitySharpness: sharpness, .qualityContrast: contrast, .qualityBrightness: brightness,
            ], findings: Findings(colors: colors))
    }

    /// The longest side of the picture that is analyzed, in pixels.
    static let longestSide = 256

    init(of still: any Picture) throws {
        let (width, height) = still.size(within: Self.longestSide, .towardZero)
        self.init(
            luma: try still.pixels(.gray, width: width, height: height),
            rgb: try still.pixels(.rgb, width: width, height: height), width: width, height: height)
    }

    init(luma: [UInt8], rgb: [UInt8], width: Int, height: Int) {
        var histogram = [Int](repeating: 0, count: 256)
        for value in luma { histogram[Int(value)] += 1 }
        brightness = Double(luma.reduce(0) { $0 + Int($1) }) / Double(luma.count) / 255
        contrast =
            Double(Self.percentile(0.95, histogram, luma.count) - Self.percentile(0.05, histogram, luma.count)) / 255
        sharpness = 1 - exp(-Self.meanLaplacian(luma, width, height) / 8)
        colors = Self.dominantColors(rgb)
    }

    private static func percentile(_ share: Double, _ histogram: [Int], _ total: Int) -> Int {
        var seen = 0
        for (value, count) in histogram.enumerated() {
            seen += count
            if Double(seen) >= share * Double(total) { return value }
        }
        return 255
    }

    private static func meanLaplacian(_ luma: [UInt8], _ width: Int, _ height: Int) -> Double {
        guard width > 2, height > 2 else { return 0 }
        var sum = 0
        for y in 1..<(height - 1) {
            for x in 1..<(width - 1) {
                let at = y * width + x
                let around = Int(luma[at - 1]) + Int(luma[at + 1]) + Int(luma[at - width]) + Int(luma[at + width])
                sum += abs(4 * Int(luma[at]) - around)
            }
        }
        return Double(sum) / Double((width - 2) * (height - 2))
    }

    /// Colors are counted in 4096 boxes (16 levels per channel). Dominant colors are the means of the fullest box and
    /// of others that hold at least 2 % of the pixels.
    private static func dominantColors(_ rgb: [UInt8]) -> [String] {
        var boxes: [Int: (count: Int, red: Int, green: Int, blue: Int)] = [:]
        for index in stride(from: 0, to: rgb.count - 2, by: 3) {
            let (red, green, blue) = (Int(rgb[index]), Int(rgb[index + 1]), Int(rgb[index + 2]))
            let key = (red >> 4) << 8 | (green >> 4) << 4 | blue >> 4
            let box = boxes[key] ?? (0, 0, 0, 0)
            boxes[key] = (box.count + 1, box.red + red, box.green + green, box.blue + blue)
        }
        let least = rgb.count / 3 / 50
        return boxes.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
            .prefix(5).enumerated().filter { $0.offset == 0 || $0.element.value.count >= least }
            .map { _, entry in
                let box = entry.value
                return "#" + [box.red, box.green, box.blue].map { UInt8($0 / box.count) }.hexadecimal
            }
    }
}
