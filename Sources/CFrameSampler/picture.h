// Decoded pictures as values: reference counted, with what it takes to show them upright.
#ifndef CFS_PICTURE_H
#define CFS_PICTURE_H

#include <stdatomic.h>

#include "CFrameSampler.h"
#include "ffmpeg.h"

struct cfs_picture {
    atomic_int references;
    AVFrame *frame;
    int width, height; // in the file; the frame may have been decoded smaller
    int quarter_turns; // clockwise
    bool mirrored;     // before turning
    AVRational aspect; // of a pixel
};

// Takes over `frame`, also on failure. `stream` may be NULL. NULL when out of memory.
cfs_picture *cfs_picture_create(AVFrame *frame, const AVStream *stream);

// Upright size with square pixels.
void cfs_picture_upright_size(const cfs_picture *picture, int32_t *width, int32_t *height);

#endif
