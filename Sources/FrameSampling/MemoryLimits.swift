import CFrameSampler

/// Bounds the memory of decoded pictures in the whole process. A picture that does not fit waits, undecoded, up to 10 s.
/// Call it before anything is opened. Until then: 2 GiB and 1 GiB.
/// - Parameters:
///   - videoBytes: For pictures of videos together; one packet may have an eighth of it.
///   - imageBytes: For pictures of images together; one that is larger has too many pixels.
package func limitPictureMemory(videoBytes: Int, imageBytes: Int) {
    cfs_limit_memory(Int64(videoBytes), Int64(imageBytes))
}

/// Bounds what malloc keeps for threads that may come: two arenas rather than up to eight a core, of which each holds what
/// was freed in it. With every pack loaded that is 90 MB. Call it before threads are started.
package func limitArenas() { cfs_limit_arenas() }
