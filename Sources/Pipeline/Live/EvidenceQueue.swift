/// Pictures and clips that wait for object storage, and how many were lost. Pure.
struct EvidenceQueue {
    /// A file that waits.
    struct Waiting {
        let name, path: String
        let bytes: Int
    }

    /// The most files that wait, and their bytes.
    static let (maxWaiting, maxBytes) = (64, 256 << 20)

    private(set) var waiting: [Waiting] = []
    /// What is being stored.
    private var current: Waiting?
    private var written = 0
    private(set) var lost = 0
    /// What was stored.
    var limits: EvidenceLimits

    init(_ limits: EvidenceLimits) { self.limits = limits }

    /// A number for the next file.
    mutating func nextNumber() -> Int {
        written += 1
        return written
    }

    /// Counts a file that is not stored.
    /// - Returns: How many there were.
    mutating func lose() -> Int {
        lost += 1
        return lost
    }

    /// - Returns: Whether there is room, and the path of the file of the same name that it replaces.
    mutating func add(_ file: Waiting) -> (isTaken: Bool, replaced: String?) {
        if let index = waiting.firstIndex(where: { $0.name == file.name }) {
            let old = waiting[index].path
            waiting[index] = file
            return (true, old)
        }
        let bytes = waiting.reduce(current?.bytes ?? 0) { $0 + $1.bytes }
        guard waiting.count < Self.maxWaiting, bytes + file.bytes <= Self.maxBytes else { return (false, nil) }
        waiting.append(file)
        return (true, nil)
    }

    /// The oldest, to be stored.
    mutating func take() -> Waiting? {
        guard !waiting.isEmpty else { return nil }
        current = waiting.removeFirst()
        return current
    }

    /// What was taken is stored, or lost.
    mutating func settle() { current = nil }

    /// What was taken waits again.
    mutating func putBack() {
        if let current { waiting.insert(current, at: 0) }
        current = nil
    }
}
