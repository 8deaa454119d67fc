#include "source.h"

#include <unistd.h>

#include "clock.h"
#include "io.h"

void cfs_source_set_deadline(cfs_source *source, int64_t ms) {
    atomic_store(&source->expired, false);
    atomic_store(&source->deadline_ns, ms > 0 ? cfs_monotonic_ns() + ms * 1000000 : 0);
}

// An RTSP server may redirect FFmpeg, which follows by itself, but asks here before it sends a byte.
static bool was_redirected(cfs_source *source) {
    if (source->guard.trusted || !source->guard.address || !source->format || !source->format->url) return false;
    if (strcmp(source->guard.address, source->format->url) == 0) return false;
    source->guard.refusal = CFS_ERROR_REFUSED_ADDRESS;
    return true;
}

// Called by FFmpeg whenever it waits: two atomic reads and, with a deadline, the clock.
int cfs_source_should_interrupt(void *opaque) {
    cfs_source *source = opaque;
    if (atomic_load_explicit(&source->cancelled, memory_order_relaxed)) return 1;
    if (was_redirected(source)) return 1;
    int64_t deadline = atomic_load_explicit(&source->deadline_ns, memory_order_relaxed);
    if (deadline == 0 || cfs_monotonic_ns() < deadline) return 0;
    atomic_store(&source->expired, true);
    return 1;
}

int cfs_source_interruption(const cfs_source *source, int otherwise) {
    if (atomic_load(&source->cancelled)) return CFS_ERROR_CANCELLED;
    if (atomic_load(&source->expired)) return CFS_ERROR_DEADLINE;
    if (source->guard.refusal) return source->guard.refusal;
    return otherwise;
}

bool cfs_source_is_image(const cfs_source *source) {
    enum AVCodecID codec = source->stream ? source->stream->codecpar->codec_id : AV_CODEC_ID_NONE;
    return source->media.still || codec == AV_CODEC_ID_GIF || codec == AV_CODEC_ID_APNG;
}

void cfs_source_init(cfs_source *source) {
    memset(source, 0, sizeof *source);
    source->fd = -1;
    source->first_packet = -1;
}

void cfs_source_close(cfs_source *source) {
    av_packet_free(&source->pending);
    av_buffer_unref(&source->image);
    avformat_close_input(&source->format);
    cfs_io_close(&source->io);
    cfs_guarded_close(&source->guarded_io);
    cfs_guarded_end(&source->guard);
    if (source->owns_fd && source->fd >= 0) close(source->fd);
    source->fd = -1;
}
