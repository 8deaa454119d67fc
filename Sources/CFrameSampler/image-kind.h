// The image formats that are read.
#pragma once

#include "ffmpeg.h"
#include "transparency.h"

// The library that reads a format.
typedef enum cfs_image_reader {
    cfs_image_reader_ffmpeg,
    cfs_image_reader_tiff,
    cfs_image_reader_heif,
    cfs_image_reader_webp,
    cfs_image_reader_raw,
    cfs_image_reader_pdf,
} cfs_image_reader;

typedef struct cfs_image_kind {
    const char *name;
    cfs_image_reader reader;
    enum AVCodecID codec; // of FFmpeg
    const char *demuxer;  // of FFmpeg; NULL: the file is one packet
    cfs_alpha alpha;      // what FFmpeg's is, which takes any fourth component for alpha
} cfs_image_kind;

// The format that the content tells; NULL when it is none of these. Static.
const cfs_image_kind *cfs_image_recognize(const uint8_t *bytes, size_t size);

// Finds errors of the whole file that FFmpeg does not report, or takes for others: 0, `CFS_ERROR_BROKEN_IMAGE` or
// `CFS_ERROR_TOO_MANY_PIXELS`.
int cfs_image_inspect(const cfs_image_kind *kind, const uint8_t *bytes, size_t size, int64_t max_pixels);
