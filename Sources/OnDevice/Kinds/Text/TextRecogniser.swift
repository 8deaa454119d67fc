/// Reads lines with PP-OCR's recognizer, a CTC network, which gives a class (a character or none) for each step from
/// left to right.
struct TextRecogniser {
    private let model: CompiledModel
    /// The character of each class: none, those of the dictionary, a space.
    private let characters: [String]

    /// The size of the network's input, in pixels.
    private static let height = 48, leastWidth = 320
    /// Longer lines are compressed. This bounds the time a line takes.
    private static let maxWidth = 4096
    /// Widths are multiples of this, which bounds the number of shapes to compile for.
    private static let step = 32

    /// - Parameter dictionary: One character per line; `nil` if the model has none.
    /// - Throws: `OnDeviceError.badManifest` if there is no dictionary.
    init(model: CompiledModel, dictionary: String?) throws(OnDeviceError) {
        guard let dictionary else {
            throw OnDeviceError(.badManifest, "The text recognizer's model has no dictionary (“character”).")
        }
        self.model = model
        characters = [""] + dictionary.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + [" "]
    }

    /// A line's text and the mean confidence of its characters; empty if there is none.
    func read(_ crop: LineCrop, of picture: RGBPicture) throws -> (text: String, confidence: Double) {
        let columns = min(crop.columns(height: Self.height), Self.maxWidth)
        let width = (max(columns, Self.leastWidth) + Self.step - 1) / Self.step * Self.step
        let scores = try model.run(input: 3 * Self.height * width, shape: [1, 3, Self.height, width]) {
            crop.fill($0, rows: Self.height, columns: columns, stride: width, of: picture)
        }
        guard !scores.isEmpty, scores.count % characters.count == 0 else {
            throw OnDeviceError(.badManifest, "The text recognizer's classes do not match its dictionary.")
        }
        return decode(scores)
    }

    /// Greedy CTC decoding: the most probable class of each step, without repetitions and blanks.
    private func decode(_ scores: [Float]) -> (text: String, confidence: Double) {
        var text = "", sum: Float = 0, kept = 0, last = 0
        scores.withUnsafeBufferPointer { scores in
            for start in stride(from: 0, to: scores.count, by: characters.count) {
                var best = 0, score = scores[start]
                for index in 1..<characters.count where scores[start + index] > score {
                    (best, score) = (index, scores[start + index])
                }
                if best != 0, best != last {
                    text += characters[best]
                    sum += score
                    kept += 1
                }
                last = best
            }
        }
        return (text, kept > 0 ? Double(sum) / Double(kept) : 0)
    }
}
