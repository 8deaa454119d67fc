// Pictures as the judges want them: RGB or luma of any size. Planes are resampled before their colors are converted, so
// that converting costs no more than the small picture does.
#pragma once

#include "ffmpeg.h"

// The frame, not turned upright, at `width` × `height` pixels as RGB24, or as luma when `gray`; full range, rows
// without padding. 0 or an error.
int cfs_shrink(const AVFrame *frame, bool gray, int width, int height, uint8_t *pixels);
