import Foundation

/// Clocks and randomness. Tests replace them; by default they are the system's.
public struct TimeSource: Sendable {
    /// The time on a monotonic clock with any fixed origin.
    public var now: @Sendable () -> Duration
    /// The wall clock, in Unix seconds. May jump.
    public var wall: @Sendable () -> Double
    /// Suspends the task. Throws `CancellationError` if the task is canceled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A random number, 0…1.
    public var random: @Sendable () -> Double

    private static let origin = ContinuousClock.now

    /// The system's clocks and random numbers.
    public static let system = TimeSource()

    /// Uses the system's source for each parameter left out. See the properties of the same names.
    public init(
        now: (@Sendable () -> Duration)? = nil,
        wall: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        self.now = now ?? { ContinuousClock.now - Self.origin }
        (self.wall, self.sleep, self.random) = (wall, sleep, random)
    }
}
