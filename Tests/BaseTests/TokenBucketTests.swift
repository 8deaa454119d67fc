import Testing

@testable import Base

@Suite struct TokenBucketTests {
    private let start = Duration.seconds(5)

    @Test(arguments: [1.0, 2, 3, 7, 11, 49, 1000]) func `as many as come in a second come at once`(rate: Double) {
        var bucket = TokenBucket(rate: rate)
        let free = (0..<2000).prefix { _ in bucket.takeFree(at: start) }
        #expect(free.count == Int(rate))
    }

    @Test func `after them places lie evenly`() {
        var bucket = TokenBucket(rate: 2)
        let waits = (0..<4).map { _ in bucket.take(at: start) }
        #expect(waits == [.zero, .zero, .milliseconds(500), .seconds(1)])
    }

    @Test func `a place that is refused is not taken`() {
        var bucket = TokenBucket(rate: 1)
        let times: [Duration] = [.zero, .milliseconds(600), .seconds(1)]
        let taken = times.map { bucket.takeFree(at: start + $0) }
        #expect(taken == [true, false, true])
    }

    @Test func `what was not used in an hour is no more than a second's`() {
        var bucket = TokenBucket(rate: 2)
        let taken = [0, 3600, 3600, 3600].map { bucket.takeFree(at: start + .seconds($0)) }
        #expect(taken == [true, true, true, false])
    }

    @Test(arguments: [Double.infinity, 1e300, .leastNonzeroMagnitude]) func `no rate is too extreme`(rate: Double) {
        var bucket = TokenBucket(rate: rate)
        let taken = (0..<2).map { _ in bucket.takeFree(at: start) }
        #expect(taken == [true, rate > 1])
    }
}
