import Moderation
import Synchronization

/// A judge that answers as a test has it, and notes what it was asked.
public struct ScriptedJudge: ImageJudge {
    /// What it is asked about one picture.
    public struct Question: Sendable {
        /// How many it was asked before.
        public let number: Int
        public let still: any Picture
        public let categories: Set<ContentCategory>
    }

    private final class Log: Sendable {
        struct State {
            var asked: [Set<ContentCategory>] = []
            var running = 0
            var maxConcurrency = 0
        }
        let state = Mutex(State())
    }

    public var identity = JudgeIdentity(name: "scripted", version: "1")
    public var categories: Set<ContentCategory>
    public let concurrency: Int
    public let longestSide: Int?
    private let answer: @Sendable (Question) async throws -> Judgement
    private let log = Log()

    public init(
        answer: @escaping @Sendable (Question) async throws -> Judgement, categories: Set<ContentCategory>,
        concurrency: Int = 1, longestSide: Int? = nil
    ) {
        self.answer = answer
        self.categories = categories
        self.concurrency = concurrency
        self.longestSide = longestSide
    }

    /// One that finds each of its categories as probable as the others.
    public init(
        _ categories: Set<ContentCategory>, concurrency: Int = 1, longestSide: Int? = nil,
        probability: @escaping @Sendable (Question) async throws -> Double = { _ in 0 }
    ) {
        self.init(
            answer: { question in
                let probability = try await probability(question)
                return Judgement(
                    probabilities: Dictionary(uniqueKeysWithValues: categories.map { ($0, probability) }))
            }, categories: categories, concurrency: concurrency, longestSide: longestSide)
    }

    /// What it was asked for, a set a picture.
    public var asked: [Set<ContentCategory>] { log.state.withLock { $0.asked } }
    /// How many pictures it had at most at the same time.
    public var maxConcurrency: Int { log.state.withLock { $0.maxConcurrency } }

    public func judge(_ still: any Picture, for categories: Set<ContentCategory>) async throws -> Judgement {
        let number = log.state.withLock { state in
            state.asked.append(categories)
            state.running += 1
            state.maxConcurrency = max(state.maxConcurrency, state.running)
            return state.asked.count - 1
        }
        defer { log.state.withLock { $0.running -= 1 } }
        return try await answer(Question(number: number, still: still, categories: categories))
    }
}
