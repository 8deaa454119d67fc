import Foundation

extension WatchClock {
    private static let origin = ContinuousClock.now

    public static let system = WatchClock(
        now: { ContinuousClock.now - origin }, wall: { Date().timeIntervalSince1970 },
        sleep: { try await Task.sleep(for: $0) }, random: { Double.random(in: 0...1) })
}
