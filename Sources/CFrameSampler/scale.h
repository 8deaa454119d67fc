// A decoded frame of any kind at any size: one field of what is interlaced, and HDR tone-mapped to SDR.
#pragma once

#include "ffmpeg.h"

// As `cfs_swscale`. The frame is not turned upright.
int cfs_scale(const AVFrame *frame, enum AVPixelFormat format, int width, int height, uint8_t *const planes[4],
              const int strides[4]);
