import FrameSampling

/// The answer of `/healthz` where all is well.
struct Health: Encodable {
    /// Whether images and videos are decoded in processes that can do nothing else, and what keeps these in.
    struct Sandbox: Encodable {
        let on: Bool
        let systemCallsFiltered: Bool
        let landlock: Int
        private enum CodingKeys: String, CodingKey {
            case on, landlock
            case systemCallsFiltered = "system_calls_filtered"
        }
    }

    let status = "ok"
    let sandbox: Sandbox

    init() {
        let walls = DecoderSandbox.walls
        sandbox = Sandbox(
            on: DecoderSandbox.applies(nil), systemCallsFiltered: walls.isFiltered, landlock: walls.landlock)
    }
}
