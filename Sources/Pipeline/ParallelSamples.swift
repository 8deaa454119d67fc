import Foundation
import FrameSampling
import Runtime

extension FrameSampler {
    /// Works on the samples, as many at once as there are processors.
    /// - Parameters:
    ///   - name: The name of the threads that do the work.
    ///   - stop: Ends the sampling early. What was sampled by then is worked on.
    ///   - work: Called on a thread of its own, and may block.
    ///   - done: Called with each result, in the order in which they are ready.
    /// - Throws: `FrameSamplingError`, or what `work` and `done` throw.
    func forEach<Result: Sendable>(
        onThreads name: String, stop: StopSignal, _ work: @escaping @Sendable (Sample) throws -> Result,
        done: (Result) throws -> Void
    ) async throws {
        stop.whenStopped { self.cancel() }
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let threads = BlockingThreads(count: processors, name: name)
        defer { threads.close() }
        try await withThrowingTaskGroup(of: Result.self) { group in
            var running = 0
            do {
                while let sample = try await next() {
                    if running > processors, let result = try await group.next() {
                        try done(result)
                        running -= 1
                    }
                    running += 1
                    group.addTask { try await threads.run { try work(sample) } }
                }
            } catch let error as FrameSamplingError where error.code == .cancelled && stop.isStopped {
                // Keep what was sampled so far.
            }
            for try await result in group { try done(result) }
        }
    }
}
