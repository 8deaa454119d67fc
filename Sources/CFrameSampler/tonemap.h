// HDR (PQ, HLG) to what an SDR viewer sees.
#ifndef CFS_TONEMAP_H
#define CFS_TONEMAP_H

#include "ffmpeg.h"

typedef int (*cfs_scale_function)(const AVFrame *frame, enum AVPixelFormat format, int width, int height,
                                  uint8_t *const planes[4], const int strides[4]);

// Scales to 16-bit RGB with `scale`, maps it to BT.709 SDR, and stores it as `format`. 0 or an error.
int cfs_tone_map(const AVFrame *frame, cfs_scale_function scale, enum AVPixelFormat format, int width, int height,
                 uint8_t *const planes[4], const int strides[4]);

#endif
