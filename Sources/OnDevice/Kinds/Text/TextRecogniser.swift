/// What lines say, by PP-OCR's recogniser: a network of the CTC family, which gives a class for each step from left to
/// right, a character or none.
struct TextRecogniser {
    private let model: CompiledModel
    /// By class: none, those of the dictionary, a space.
    private let characters: [String]

    /// Pixels: of the network's input.
    private static let height = 48, leastWidth = 320
    /// A line so long and thin is pressed together. Bounds the time one takes.
    private static let mostWidth = 4096
    /// Widths are multiples of it, so that there are not too many shapes to prepare for.
    private static let step = 32

    /// - Parameter dictionary: A character a line; `nil` where the model has none.
    init(model: CompiledModel, dictionary: String?) throws {
        guard let dictionary else {
            throw OnDeviceError(.badManifest, "The text recogniser's model holds no dictionary (“character”).")
        }
        self.model = model
        characters = [""] + dictionary.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + [" "]
    }

    /// A line's text, and the mean certainty of its characters; empty where there is none.
    func read(_ crop: LineCrop, of picture: RGBPicture) throws -> (text: String, confidence: Double) {
        let columns = min(crop.columns(height: Self.height), Self.mostWidth)
        let width = (max(columns, Self.leastWidth) + Self.step - 1) / Self.step * Self.step
        let scores = try model.run(outputs: 1, shape: [1, 3, Self.height, width]) { tensor in
            guard tensor.count == 3 * Self.height * width else {
                throw OnDeviceError(.badManifest, "The text recogniser's input is no picture.")
            }
            crop.fill(tensor, rows: Self.height, columns: columns, stride: width, of: picture)
        }[0]
        guard !scores.isEmpty, scores.count % characters.count == 0 else {
            throw OnDeviceError(.badManifest, "The text recogniser's classes are not those of its dictionary.")
        }
        return decode(scores)
    }

    /// The likeliest class of each step, without repetitions and then without those that are no character.
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
