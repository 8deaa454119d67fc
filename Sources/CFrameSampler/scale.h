// Frames of any kind in another size and format.
#pragma once

#include "ffmpeg.h"

// Converts a decoded frame to fill `target`, not turned upright: one field of what is interlaced, what is transparent on
// white, and HDR tone-mapped to SDR. 0 or an error.
int cfs_scale(const AVFrame *frame, AVFrame *target);
