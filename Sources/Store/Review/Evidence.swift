import Foundation
import Moderation

/// Pictures that are kept for reviewers, and what deletes them.
extension Store {
    static func insert(
        _ pictures: [EvidencePicture], of media: String, _ now: Double, into database: any SQLConnection
    ) throws {
        for picture in pictures {
            try database.run(
                """
                INSERT INTO evidence (media, stream, position, kind, kept, bytes, picture) VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (media, stream, position, kind) DO NOTHING
                """, media, picture.stream ?? -1, picture.position, picture.kind.rawValue, now, picture.jpeg.count,
                picture.jpeg)
        }
    }

    /// Deletes pictures that are farther than a margin (ms) from every case.
    static func keepPictures(of media: String, within margin: Int, _ database: any SQLConnection) throws {
        try database.run(
            """
            DELETE FROM evidence WHERE media = ?1 AND NOT EXISTS (SELECT 1 FROM review_case
                WHERE review_case.media = ?1 AND position BETWEEN begins - ?2 AND ends + ?2)
            """, media, margin)
    }

    /// A picture that is kept: a JPEG, or `nil` if it is not, or no longer.
    /// - Parameters:
    ///   - stream: The index of the video stream; `nil` if unknown.
    ///   - position: In ms.
    /// - Throws: `StoreProblem`.
    public func evidence(
        _ media: String, stream: Int?, position: Int, _ kind: EvidencePicture.Kind
    ) async throws -> Data? {
        try await database.read { database in
            try database.value(
                "SELECT picture FROM evidence WHERE media = ? AND stream = ? AND position = ? AND kind = ?", media,
                stream ?? -1, position, kind.rawValue)
        }
    }

    /// The positions (ms) of kept pictures in a part of a medium, in order.
    /// - Parameter limit: The most to return.
    /// - Throws: `StoreProblem`.
    public func evidencePositions(
        _ media: String, stream: Int?, in part: ClosedRange<Int>, _ kind: EvidencePicture.Kind, limit: Int
    ) async throws -> [Int] {
        try await database.read { database in
            try database.rows(
                """
                SELECT position FROM evidence WHERE media = ? AND stream = ? AND kind = ? AND position BETWEEN ? AND ?
                ORDER BY position LIMIT ?
                """, media, stream ?? -1, kind.rawValue, part.lowerBound, part.upperBound, limit
            ).map { try $0.value("position") }
        }
    }

    /// Deletes the oldest pictures beyond limits.
    /// - Parameters:
    ///   - bytes: The most bytes of all together.
    ///   - seconds: How long they are kept.
    /// - Returns: How many went.
    /// - Throws: `StoreProblem`.
    @discardableResult public func pruneEvidence(bytes: Int, seconds: Double) async throws -> Int {
        let old = try await database.execute("DELETE FROM evidence WHERE kept < \(time) - ?", seconds)
        let row = try await database.read {
            try $0.row("SELECT CAST(coalesce(sum(bytes), 0) AS DOUBLE PRECISION) AS bytes FROM evidence")
        }
        guard let total: Double = try row?.value("bytes"), total > Double(bytes) else { return old }
        return old
            + (try await database.execute(
                """
                DELETE FROM evidence WHERE kept <= (SELECT kept FROM
                    (SELECT kept, sum(bytes) OVER (ORDER BY kept DESC, media, stream, position, kind) AS upto FROM evidence)
                    AS sums WHERE upto > ? ORDER BY kept DESC LIMIT 1)
                """, bytes))
    }

    /// Deletes cases and their steps that were found longer ago.
    /// - Returns: How many cases went.
    /// - Throws: `StoreProblem`.
    @discardableResult public func pruneCases(seconds: Double) async throws -> Int {
        try await database.write { [time] database in
            let old = try database.rows(
                "SELECT id FROM review_case WHERE created < \(time) - ? LIMIT 1000", seconds
            ).map { try $0.value("id") as String }
            for id in old {
                try database.run("DELETE FROM review_case WHERE id = ?", id)
                try database.run("DELETE FROM review_step WHERE case_id = ?", id)
            }
            return old.count
        }
    }

    /// What was deleted of media.
    public struct Erasure: Codable, Hashable, Sendable {
        /// The media, and how many cases, steps of the trail, pictures, runs, judged positions and callbacks of theirs went.
        public internal(set) var media: [String] = []
        public internal(set) var cases = 0, steps = 0, pictures = 0, runs = 0, positions = 0, callbacks = 0

        /// One sentence.
        public var sentence: String {
            "Deleted of \(media.count) media: \(cases) cases, \(steps) steps, \(pictures) pictures, \(runs) runs, "
                + "\(positions) judged positions, \(callbacks) callbacks."
        }
    }

    /// Deletes every trace of media, but for a step of the trail that says so. Runs that go on are left.
    /// - Parameters:
    ///   - media: The id of a medium; `nil` for any.
    ///   - reference: The submitter's own id; `nil` for any. One of both is needed.
    ///   - actor: Who deletes.
    /// - Returns: What went, and the media whose runs go on, of which nothing did.
    /// - Throws: `StoreProblem`.
    public func erase(
        media: String? = nil, reference: String? = nil, by actor: String
    ) async throws -> (erased: Erasure, ongoing: [String]) {
        guard media != nil || reference != nil else { return (Erasure(), []) }
        return try await database.write { [self] database in
            let meant = try database.rows(
                """
                SELECT media FROM review_case WHERE (?1 = '' OR media = ?1) AND (?2 = '' OR reference = ?2)
                UNION SELECT media FROM job WHERE (?1 <> '' AND media = ?1) OR (?2 <> '' AND reference = ?2)
                """, [(media ?? "").sqlValue, (reference ?? "").sqlValue]
            ).map { try $0.value("media") as String }
            var erased = Erasure()
            var ongoing: [String] = []
            for one in meant.sorted() {
                let status: String? = try database.value(
                    "SELECT status FROM job WHERE media = ?\(database.forUpdate)", one)
                guard status != StoredJob.Status.ongoing.rawValue else {
                    ongoing.append(one)
                    continue
                }
                try erase(one, by: actor, &erased, database)
            }
            return (erased, ongoing)
        }
    }

    private func erase(
        _ media: String, by actor: String, _ erased: inout Erasure, _ database: any SQLConnection
    ) throws {
        erased.media.append(media)
        erased.cases += try database.run("DELETE FROM review_case WHERE media = ?", media)
        erased.steps += try database.run("DELETE FROM review_step WHERE media = ? AND action <> 'erase'", media)
        erased.pictures += try database.run("DELETE FROM evidence WHERE media = ?", media)
        erased.callbacks += try database.run("DELETE FROM callback WHERE media = ?", media)
        erased.positions += try database.run("DELETE FROM job_frame WHERE media = ?", media)
        erased.runs += try database.run("DELETE FROM job WHERE media = ?", media)
        try step("erase", ofCase: media, media, by: actor, from: "", to: "", "", database)
    }
}
