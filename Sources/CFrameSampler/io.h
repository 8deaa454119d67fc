// Input for FFmpeg of bytes that none of its own protocols reads.
#pragma once

#include "ffmpeg.h"

// `opaque` is handed to the functions, which work as `avio_alloc_context` says; `seek` may be NULL. Returns NULL when
// out of memory; else it is the caller's (`cfs_io_close`).
AVIOContext *cfs_io_open(void *opaque, int (*read)(void *opaque, uint8_t *buffer, int size),
                         int64_t (*seek)(void *opaque, int64_t offset, int whence));
// Frees it, not what `opaque` points to. Accepts a pointer to NULL.
void cfs_io_close(AVIOContext **io);
