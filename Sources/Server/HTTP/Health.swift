import FrameSampling

/// The answer of `/healthz`.
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

    /// `ok` or `failing`.
    let status: String
    /// What is wrong.
    let problem: String?
    /// Whether the server has given up what it does not need; `nil` where nobody asked it to.
    let confined: Bool?
    let sandbox: Sandbox

    init(stateProblem: String?, _ options: ServerOptions) {
        let walls = DecoderSandbox.walls
        let isSandboxed = DecoderSandbox.applies(nil)
        problem =
            isSandboxed && walls.isLost ? "No decoder can be started any more; start the server again." : stateProblem
        status = problem == nil ? "ok" : "failing"
        confined = options.isConfined
        sandbox = Sandbox(
            on: isSandboxed, systemCallsFiltered: walls.isFiltered, landlock: walls.landlock)
    }
}
