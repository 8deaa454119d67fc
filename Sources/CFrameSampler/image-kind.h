// The image formats that are read.
#pragma once

#include "ffmpeg.h"

typedef struct cfs_image_kind {
    const char *name;
    const char *magic;
    size_t length;
    enum AVCodecID codec;
    const char *demuxer; // NULL: the file is one packet
} cfs_image_kind;

// The format that the first bytes tell; NULL when it is none of these. Static.
const cfs_image_kind *cfs_image_recognize(const uint8_t *bytes, size_t size);

// Finds errors of the whole file that FFmpeg does not report, or takes for others: 0, `CFS_ERROR_BROKEN_IMAGE` or
// `CFS_ERROR_TOO_MANY_PIXELS`.
int cfs_image_inspect(const cfs_image_kind *kind, const uint8_t *bytes, size_t size, int64_t max_pixels);
