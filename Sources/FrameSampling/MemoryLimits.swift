import CFrameSampler

/// Bounds the memory of decoded pictures in the whole process. A picture that does not fit waits, undecoded, up to 10 s.
/// Call it before anything is opened. Until then: 2 GiB and 1 GiB.
/// - Parameters:
///   - videoBytes: For pictures of videos together; one packet may have an eighth of it.
///   - imageBytes: For pictures of images together; one that is larger has too many pixels.
package func limitPictureMemory(videoBytes: Int, imageBytes: Int) {
    cfs_limit_memory(Int64(videoBytes), Int64(imageBytes))
}

/// Has threads share two of malloc's arenas rather than make up to eight a core, of which each keeps what was freed in it: with
/// every pack loaded 883 MB instead of 939. Call it before threads are started.
package func limitArenas() { cfs_limit_arenas() }
