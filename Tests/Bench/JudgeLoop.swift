import Foundation
import FrameSampling
import Moderation
import OnDevice
import Pipeline

/// Returns how many.
private func judgeUntil(_ end: ContinuousClock.Instant, _ bytes: Data, _ check: ImageCheck) async throws -> Int {
    var count = 0
    while ContinuousClock.now < end {
        _ = try await check.run(.first, for: [.nudityExplicit]) {
            try ImageReader(bytes, maxPixels: 64_000_000, longestSide: $0)
        } accept: { _ in
        }
        count += 1
    }
    return count
}

/// The server's work without the server: decodes and judges the same image for so many seconds, on as many cores as there
/// are, and prints images a second. `judge-loop IMAGE SECONDS`.
@main struct JudgeLoop {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let seconds = Double(arguments[2]) else {
            print("judge-loop IMAGE SECONDS")
            return
        }
        let bytes = try Data(contentsOf: URL(filePath: arguments[1]))
        let installation = Installation.find(
            environment: ProcessInfo.processInfo.environment, program: "/proc/self/exe")
        let judge = try OnDeviceJudge(installation, for: [.nudityExplicit], version: "bench")
        let check = ImageCheck(judge: judge)
        let clock = ContinuousClock()
        let began = clock.now
        let end = began + .seconds(seconds)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<(2 * judge.concurrency) {
                group.addTask { try await judgeUntil(end, bytes, check) }
            }
            var sum = 0
            for try await one in group { sum += one }
            return sum
        }
        let took = (clock.now - began) / .seconds(1)
        print(String(format: "%.1f", Double(count) / took))
    }
}
