import CFrameSampler
import CSandbox

/// Limits the memory for decoded pictures in the whole process. A picture that does not fit waits undecoded, up to 10 s.
/// Call this before opening any input. The defaults are 2 GiB for videos and 1 GiB for images.
/// - Parameters:
///   - videoBytes: The limit for all pictures of videos. A single packet is limited to an eighth of this.
///   - imageBytes: The limit for all pictures of images. A larger picture fails with `.tooManyPixels`.
package func limitPictureMemory(videoBytes: Int, imageBytes: Int) {
    csb_limit_memory(Int64(videoBytes), Int64(imageBytes))
}

/// Makes all threads share two malloc arenas. By default there are up to eight per core, and each keeps its freed memory:
/// with all packs loaded, 939 MB instead of 883. Call this before starting threads.
package func limitArenas() { cfs_limit_arenas() }
