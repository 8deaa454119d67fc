import Moderation

/// Estimates age and gender of faces, each with a small network that takes dlib's face chips.
struct FaceAttributes {
    /// The categories it was loaded for.
    let categories: Set<ContentCategory>
    private let age: ChipNetwork?
    private let gender: ChipNetwork?

    /// Narrower faces, in pixels, show too little to estimate an age in years.
    private static let leastWidth = 24.0
    /// An age with a larger standard deviation, in years, means nothing.
    private static let largestSpread = 10.0

    /// Loads the models of those `categories` that the pack has.
    /// - Throws: `OnDeviceError`.
    init(_ models: PackModels, for categories: Set<ContentCategory>) throws {
        self.categories = categories.intersection(models.pack.categories).intersection([.minor, .genderFemale])
        age =
            self.categories.contains(.minor)
            ? try ChipNetwork(models, "age", size: 64, outputs: AgeEstimate.classes) : nil
        gender =
            self.categories.contains(.genderFemale)
            ? try ChipNetwork(models, "gender", size: 32, outputs: 2) : nil
    }

    /// Sets the attributes that `categories` ask for.
    /// - Parameters:
    ///   - mesh: The points of the face mesh, in pixels.
    ///   - width: The width of the face's box, in pixels.
    func add(
        to face: inout Face, mesh: [SIMD2<Double>], width: Double, in picture: RGBPicture,
        for categories: Set<ContentCategory>
    ) throws {
        // Corners of the eyes and the base of the nose, in the order of `FaceChip`.
        let points = [263, 362, 33, 133, 164].map { mesh[$0] - 0.5 }
        if let age, categories.contains(.minor) {
            let estimate = AgeEstimate(try age.run(on: picture, points))
            let isTrusted = estimate.spread <= Self.largestSpread && width >= Self.leastWidth
            (face.age, face.ageSpread) = (isTrusted ? estimate.years : nil, estimate.spread)
            face.minor = estimate.minor
        }
        if let gender, categories.contains(.genderFemale) {
            face.female = min(max(Double(try gender.run(on: picture, points)[0]), 0), 1)
        }
    }
}

/// A network that takes a face chip and returns probabilities.
private struct ChipNetwork {
    let model: CompiledModel
    let name: String
    let outputs: Int
    let size: Int
    let input = TensorInput(
        layout: .nchw, channels: .rgb, mean: [122.781998, 117.000999, 104.297997], scale: 1 / 256)

    init(_ models: PackModels, _ name: String, size: Int, outputs: Int) throws {
        model = try models.compiled(name, shape: [1, 3, size, size])
        (self.name, self.outputs, self.size) = (name, outputs, size)
    }

    func run(on picture: RGBPicture, _ points: [SIMD2<Double>]) throws -> [Float] {
        let chip = FaceChip.pixels(of: picture, around: points, size: size)
        let probabilities = try model.run(input: chip.count) {
            input.fill($0, size, from: chip, width: size, height: size)
        }
        guard probabilities.count == outputs else {
            throw OnDeviceError(
                .badManifest, "The model “\(name)” returns \(probabilities.count) numbers, not \(outputs).")
        }
        return probabilities
    }
}

/// An age derived from a probability for each year.
struct AgeEstimate {
    static let classes = 81

    /// Mean and standard deviation, in years.
    let years, spread: Double
    /// The probability (0…1) of less than 18 years.
    let minor: Double

    /// - Parameter probabilities: For 0, 1, 2, … years.
    init(_ probabilities: [Float]) {
        let probabilities = probabilities.map(Double.init)
        // The mean age of babies below 1 year, as used in training.
        let ages = probabilities.indices.map { $0 == 0 ? 0.25 : Double($0) }
        let mean = zip(probabilities, ages).reduce(0) { $0 + $1.0 * $1.1 }
        years = mean
        spread = zip(probabilities, ages).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }.squareRoot()
        minor = min(max(probabilities.prefix(18).reduce(0, +), 0), 1)
    }
}
