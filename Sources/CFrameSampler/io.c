#include "io.h"

enum { buffer_bytes = 64 * 1024 };

AVIOContext *cfs_io_open(void *opaque, int (*read)(void *, uint8_t *, int), int64_t (*seek)(void *, int64_t, int)) {
    uint8_t *buffer = av_malloc(buffer_bytes);
    AVIOContext *io = buffer ? avio_alloc_context(buffer, buffer_bytes, 0, opaque, read, NULL, seek) : NULL;
    if (!io) av_free(buffer);
    return io;
}

void cfs_io_close(AVIOContext **io) {
    if (!*io) return;
    av_freep(&(*io)->buffer);
    avio_context_free(io);
}
