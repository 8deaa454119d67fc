import Foundation

/// Jobs whose input cannot be read at present.
extension Store {
    /// The first wait, and the longest, in seconds.
    private static let (firstWait, longestWait) = (5.0, 300.0)
    /// How often a job is put off in a row: about eight hours.
    static let maxPostponements = 100

    /// Gives a job back, for this or another process to go on with later: after 5 s, and after twice as long each time
    /// that no frame came of it, 5 min at most.
    /// - Returns: False if it was put off 100 times in a row. The job is still this process's then.
    /// - Throws: `ClaimLost`, `StoreProblem`.
    public func postpone(_ claim: JobClaim) async throws -> Bool {
        try await database.write { [time] database in
            let row = try database.row(
                """
                SELECT postponed FROM job
                WHERE media = ? AND owner = ? AND epoch = ? AND status = 'ongoing'\(database.forUpdate)
                """, claim.media, claim.owner, claim.epoch)
            guard let row else { throw ClaimLost(media: claim.media) }
            let before: Int = try row.value("postponed")
            guard before < Self.maxPostponements else { return false }
            let wait = min(Self.longestWait, Self.firstWait * pow(2, Double(min(before, 10))))
            try database.run(
                """
                UPDATE job SET owner = '', starts = CASE WHEN starts > 0 THEN starts - 1 ELSE 0 END,
                    postponed = postponed + 1, due = \(time) + ? WHERE media = ?
                """, wait, claim.media)
            return true
        }
    }
}
