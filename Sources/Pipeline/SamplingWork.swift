import FrameSampling

/// The work of sampling and judging, summed over streams and second looks.
struct SamplingWork {
    private(set) var packetsRead = 0, packetsDecoded = 0, picturesDecoded = 0, failures = 0, groupsRedecoded = 0
    /// Pictures judged, and positions that reused a judged picture.
    private(set) var judged = 0, reused = 0
    /// Sums over all threads.
    private(set) var decodeTime = Duration.zero, judgeTime = Duration.zero

    /// - Parameter reused: The number of positions that reused the picture of the one before.
    mutating func add(_ report: SamplingReport, _ counts: JudgingCounts, reused: Int) {
        packetsRead += report.packetsRead
        packetsDecoded += report.packetsDecoded
        picturesDecoded += report.picturesDecoded
        failures += report.failures
        groupsRedecoded += report.groupsRedecoded
        decodeTime += report.decodeTime
        judged += counts.judged
        judgeTime += counts.judgeTime
        self.reused += reused + counts.known
    }
}
