// Scaling of 8-bit planes, bilinear with antialiasing, bit for bit as Pillow does it.
#ifndef CFS_RESAMPLE_H
#define CFS_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

// `channels` interleaved components a pixel. Sizes in pixels, strides in bytes; both pictures at least 1 × 1.
// 0 or ENOMEM (an AVERROR).
int cfs_resample(const uint8_t *source, ptrdiff_t source_stride, int source_width, int source_height, int channels,
                 uint8_t *target, ptrdiff_t target_stride, int width, int height);

#endif
