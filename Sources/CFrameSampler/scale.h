// Scaling and converting by libswscale.
#ifndef CFS_SCALE_H
#define CFS_SCALE_H

#include "ffmpeg.h"

// Scales and converts a frame as coded, not turned, into `planes`; HDR is tone-mapped. 0 or an error.
int cfs_scale(const AVFrame *frame, enum AVPixelFormat format, int width, int height, uint8_t *const planes[4],
              const int strides[4]);

#endif
