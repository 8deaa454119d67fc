import Foundation

/// Time and chance, for tests to hold; the system's where nothing else is given.
public struct TimeSource: Sendable {
    /// Only goes forward; from any fixed origin.
    public var now: @Sendable () -> Duration
    /// Wall clock, Unix seconds; may jump.
    public var wall: @Sendable () -> Double
    public var sleep: @Sendable (Duration) async throws -> Void
    /// 0…1.
    public var random: @Sendable () -> Double

    private static let origin = ContinuousClock.now

    public static let system = TimeSource()

    public init(
        now: (@Sendable () -> Duration)? = nil,
        wall: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        self.now = now ?? { ContinuousClock.now - Self.origin }
        self.wall = wall
        self.sleep = sleep
        self.random = random
    }
}
