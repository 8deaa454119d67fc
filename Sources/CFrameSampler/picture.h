// Decoded pictures as values: reference counted, with what it takes to show them upright.
#pragma once

#include <stdatomic.h>

#include "CPicture.h"
#include "ffmpeg.h"
#include "turn.h"

struct cfs_picture {
    atomic_int references;
    AVFrame *frame;
    int width, height; // in the file; the frame may have been decoded smaller
    cfs_orientation orientation;
    AVRational aspect; // width to height of a pixel
};

// `frame` is taken over, also on failure. `stream`, whose header may say how to show the picture, may be NULL. Returns
// NULL when out of memory; else the caller owns the picture (`cfs_picture_release`).
cfs_picture *cfs_picture_create(AVFrame *frame, const AVStream *stream);

// The size of the upright picture with square pixels.
void cfs_picture_upright_size(const cfs_picture *picture, int32_t *width, int32_t *height);
