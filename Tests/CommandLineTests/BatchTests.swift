import Foundation
import TestSupport
import Testing

/// Batches of `check`: see `batches.py`.
@Suite struct BatchTests {
    private static let cases = [
        "a folder's videos are judged whatever their names, and what is none of its files' fault is told apart",
        "a folder without anything broken ends well, and its own results are not looked at",
        "the table and the page have a row for each input", "names are only names",
        "a name that is not text fails by itself",
        "a list brings references, and a line that makes no sense fails alone",
        "a list comes through a pipe, too, and its inputs are judged as they come",
        "a batch decides as checks of one input do",
        "killed again and again, a batch goes on, and what was finished is not judged again",
        "what is finished is judged again where that is asked for", "another question is another result",
        "equal files of one name are judged once, and each has its line",
        "interrupted, a batch ends with 130, and what it had begun is judged by the next run",
        "a service that refuses ends the batch, and what is judged stays",
        "each result tells what it cost, though all share a judge",
        "the exit code is that of the worst that happened",
        "what makes no sense with several inputs is refused before any work, in a sentence",
        "what cannot be written ends the batch", "a folder takes one batch at a time",
        "a judge that ends the batch does not wait for a list",
        "a result whose file is cut short is judged again, and one whose input is, is not",
        "formats lie beside each result, and are made where they are missing",
        "addresses are inputs, and what they hide stays hidden",
    ]
    private static let report = Task {
        try await onThread {
            try CaseReport(
                cases, of: "CommandLine/batches.py",
                [ServerProgram.path, Fixtures.folder.path, Fixtures.root.path + "/Samples"])
        }
    }

    @Test(arguments: cases) func `a batch is many checks`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }
}
