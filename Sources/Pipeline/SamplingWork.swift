import FrameSampling

/// What sampling and judging took, added up over streams and second looks.
struct SamplingWork {
    private(set) var packetsRead = 0, packetsDecoded = 0, picturesDecoded = 0, failures = 0, groupsRedecoded = 0
    /// Pictures judged, and positions answered by a picture judged already.
    private(set) var judged = 0, reused = 0
    /// Summed over threads.
    private(set) var decodeTime = Duration.zero, judgeTime = Duration.zero

    init() {}

    /// - Parameters:
    ///   - reused: Positions answered by the picture of the one before.
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
