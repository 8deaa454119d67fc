import Moderation

/// Age and gender of faces, each by a small network on dlib's chip of the face; only what was loaded is told.
struct FaceAttributes {
    /// What it can tell.
    let categories: Set<Moderation.Category>
    private let age: ChipNetwork?
    private let gender: ChipNetwork?

    /// Chips of faces narrower than this, in pixels, show too little for an age in years.
    private static let leastWidth = 24.0
    /// Nor does an age whose standard deviation, in years, is larger tell anything.
    private static let largestSpread = 10.0

    /// Loads what the pack has of the categories. Throws `OnDeviceError`.
    init(_ models: PackModels, for categories: Set<Moderation.Category>) throws {
        self.categories = categories.intersection(models.pack.categories).intersection([.minor, .genderFemale])
        age =
            self.categories.contains(.minor)
            ? try ChipNetwork(models, "age", size: 64, outputs: AgeEstimate.classes) : nil
        gender =
            self.categories.contains(.genderFemale)
            ? try ChipNetwork(models, "gender", size: 32, outputs: 2) : nil
    }

    /// Fills in what `categories` ask of a face.
    /// - Parameters:
    ///   - mesh: The face's points, pixels.
    ///   - width: Its box's, pixels.
    func add(
        to face: inout Face, mesh: [SIMD2<Double>], width: Double, in picture: RGBPicture,
        for categories: Set<Moderation.Category>
    ) throws {
        // Corners of the eyes and the place below the nose, as `FaceChip` wants them.
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

/// A network that takes a chip and gives probabilities.
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
        let probabilities = try model.run(outputs: 1) {
            input.fill($0, size, from: chip, width: size, height: size)
        }[0]
        guard probabilities.count == outputs else {
            throw OnDeviceError(
                .badManifest, "The model “\(name)” gives \(probabilities.count) numbers, not \(outputs).")
        }
        return probabilities
    }
}

/// What a probability for each age tells.
struct AgeEstimate {
    static let classes = 81

    /// The mean, and the standard deviation around it.
    let years, spread: Double
    /// Probability (0…1) of less than 18 years.
    let minor: Double

    /// - Parameter probabilities: Of 0, 1, 2, … years.
    init(_ probabilities: [Float]) {
        let probabilities = probabilities.map(Double.init)
        // Babies are three months old on average.
        let ages = probabilities.indices.map { $0 == 0 ? 0.25 : Double($0) }
        let mean = zip(probabilities, ages).reduce(0) { $0 + $1.0 * $1.1 }
        years = mean
        spread = zip(probabilities, ages).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }.squareRoot()
        minor = min(max(probabilities.prefix(18).reduce(0, +), 0), 1)
    }
}
