import FrameSampling

/// The work of sampling and judging, summed over streams and second looks.
struct SamplingWork {
    private(set) var packetsRead = 0, packetsDecoded = 0, picturesDecoded = 0, failures = 0, groupsRedecoded = 0
    /// Pictures judged, and positions that reused a judged picture.
    private(set) var judged = 0, reused = 0
    /// Sums over all threads.
    private(set) var decodeTime = Duration.zero, judgeTime = Duration.zero

    init() {}

    /// - Parameter reused: The number of positions that reused the picture of the one before.
    init(_ report: SamplingReport, _ counts: JudgingCounts, reused: Int) {
        (packetsRead, packetsDecoded) = (report.packetsRead, report.packetsDecoded)
        (picturesDecoded, failures) = (report.picturesDecoded, report.failures)
        (groupsRedecoded, decodeTime) = (report.groupsRedecoded, report.decodeTime)
        (judged, judgeTime, self.reused) = (counts.judged, counts.judgeTime, reused + counts.known)
    }

    mutating func add(_ other: SamplingWork) {
        packetsRead += other.packetsRead
        packetsDecoded += other.packetsDecoded
        picturesDecoded += other.picturesDecoded
        failures += other.failures
        groupsRedecoded += other.groupsRedecoded
        decodeTime += other.decodeTime
        judged += other.judged
        reused += other.reused
        judgeTime += other.judgeTime
    }
}
