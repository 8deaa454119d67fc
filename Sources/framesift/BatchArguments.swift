import ArgumentParser
import Foundation

/// How many inputs at once are judged, and where they are listed.
struct BatchArguments: ParsableArguments {
    @Option(
        help: """
            A list of inputs, one a line; - for standard input. A line can be JSON: {"input": …, "reference_id": …, \
            "origin_id": …}.
            """)
    var inputsFrom: String?

    @Option(help: "Inputs judged at once, 1 to 64. Default: one a processor.")
    var jobs: Int?

    @Flag(help: "Judge again what an earlier run has finished.")
    var again = false

    func validate() throws { try checkNumber(jobs, within: 1...64, "--jobs") }
}
