// Scaling and conversion by libswscale.
#pragma once

#include "ffmpeg.h"

// Scales a frame as it lies in memory to `width` × `height` pixels and converts it to `format`, full range, into
// `planes`, whose rows are `strides` bytes apart. 0 or an error.
int cfs_swscale(const AVFrame *frame, enum AVPixelFormat format, int width, int height, uint8_t *const planes[4],
                const int strides[4]);
