import ArgumentParser
import Server

/// The review queue of `serve` and `work`.
struct ReviewArguments: ParsableArguments {
    /// What can be kept.
    enum Keep: String, ExpressibleByArgument, CaseIterable {
        case evidence
    }

    @Flag(help: "Collect what people should look at, and serve the queue at /review.")
    var review = false

    @Option(
        help: """
            With --keep evidence, keep pictures of what people should look at in the store, also those around. Implies \
            --review.
            """)
    var keep: Keep?

    @Option(help: "The most megabytes of pictures that are kept. The oldest are deleted.")
    var keepMegabytes = 1024

    @Option(help: "The days that pictures are kept.")
    var keepDays = 30

    @Option(help: "The days that cases and their part of the trail are kept.")
    var reviewDays = 365

    func validate() throws {
        try checkNumber(keepMegabytes, within: 1...10_000_000, "--keep-megabytes")
        try checkNumber(keepDays, within: 1...3650, "--keep-days")
        try checkNumber(reviewDays, within: 1...36_500, "--review-days")
    }

    /// `nil` if there is no queue.
    var options: ReviewOptions? {
        guard review || keep != nil else { return nil }
        var options = ReviewOptions()
        options.keepsPictures = keep == .evidence
        options.maxBytes = keepMegabytes << 20
        options.pictureAge = .seconds(keepDays * 86_400)
        options.caseAge = .seconds(reviewDays * 86_400)
        return options
    }
}
