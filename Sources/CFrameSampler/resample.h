// Scaling of 8-bit planes, bilinear with antialiasing, bit for bit as Pillow does it.
#pragma once

#include <stddef.h>
#include <stdint.h>

// A resampling under way: rows of the source go in, in order; the target comes out at the end.
typedef struct cfs_resampler cfs_resampler;

// `channels` interleaved components a pixel. Sizes in pixels, both pictures at least 1 × 1. `resampler` is the caller's
// (`cfs_resampler_free`); NULL on error. 0 or ENOMEM (an AVERROR).
int cfs_resampler_create(int source_width, int source_height, int channels, int width, int height,
                         cfs_resampler **resampler);
// The next `count` rows, `stride` bytes apart.
void cfs_resampler_add(cfs_resampler *resampler, const uint8_t *rows, ptrdiff_t stride, int count);
// Writes the target, whose rows are `stride` bytes apart, once all rows were added. 0 or ENOMEM (an AVERROR).
int cfs_resampler_finish(cfs_resampler *resampler, uint8_t *target, ptrdiff_t stride);
// Accepts a pointer to NULL.
void cfs_resampler_free(cfs_resampler **resampler);
