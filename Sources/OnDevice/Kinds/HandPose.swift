/// Which fingers of a hand are raised.
///
/// The thumb is ignored: the gesture is made with the thumb in or out.
struct HandPose {
    private enum Finger: Int, CaseIterable {
        case index, middle, ring, little

        /// The landmarks from the knuckle to the tip.
        var joints: [Int] { (0..<4).map { 5 + 4 * rawValue + $0 } }
        var knuckle: Int { joints[0] }
        var middleJoint: Int { joints[1] }
        var tip: Int { joints[3] }
    }

    private static let wrist = 0
    /// Avoids division by zero for hands without extent.
    private static let least = 1e-9

    /// The 21 landmarks in space, in meters.
    let metres: [SIMD3<Double>]

    /// How much (0…1) the middle finger is straight and extends beyond the others, and the other three are folded. At
    /// 0.5 and above the gesture is shown.
    var raisedMiddleFinger: Double {
        let others = Finger.allCases.filter { $0 != .middle }
        let folded = 1 - (others.map(straight).max() ?? 1)
        let beyond = height(.middle) - (others.map(height).max() ?? 1)
        return min(straight(.middle), folded, Self.ramp(beyond, from: 0.25, to: 0.5))
    }

    /// How much (0…1) a finger is straight and points away from the wrist.
    private func straight(_ finger: Finger) -> Double {
        let bones = zip(finger.joints, finger.joints.dropFirst()).map { distance($0, $1) }
        let straightness = distance(finger.knuckle, finger.tip) / (bones.reduce(0, +) + Self.least)
        let reach = distance(Self.wrist, finger.tip) / (distance(Self.wrist, finger.middleJoint) + Self.least)
        return min(Self.ramp(straightness, from: 0.8, to: 0.93), Self.ramp(reach, from: 1.05, to: 1.3))
    }

    /// The distance of a fingertip from the wrist along the palm, in lengths of the palm.
    private func height(_ finger: Finger) -> Double {
        let palm = metres[Finger.middle.knuckle] - metres[Self.wrist]
        let length = distance(Self.wrist, Finger.middle.knuckle) + Self.least
        return ((metres[finger.tip] - metres[Self.wrist]) * palm).sum() / (length * length)
    }

    private func distance(_ from: Int, _ to: Int) -> Double {
        let difference = metres[to] - metres[from]
        return (difference * difference).sum().squareRoot()
    }

    /// 0 up to `low`, 1 from `high` on, linear between.
    private static func ramp(_ value: Double, from low: Double, to high: Double) -> Double {
        min(max((value - low) / (high - low), 0), 1)
    }
}
