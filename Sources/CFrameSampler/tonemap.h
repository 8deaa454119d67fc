// HDR (PQ, HLG) to what an SDR viewer sees.
#pragma once

#include "ffmpeg.h"

// Scales to 16-bit RGB, maps that to BT.709 SDR, and converts it to `format`. Otherwise as `cfs_swscale`.
int cfs_tone_map(const AVFrame *frame, enum AVPixelFormat format, int width, int height, uint8_t *const planes[4],
                 const int strides[4]);
