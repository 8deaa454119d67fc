// Scaling and conversion by libswscale.
#pragma once

#include "ffmpeg.h"

// A frame to convert into, full range, with memory of its own. NULL when out of memory.
AVFrame *cfs_frame_make(enum AVPixelFormat format, int width, int height);

// Scales a frame as it lies in memory, and converts it, to fill `target`. 0 or an error.
int cfs_swscale(const AVFrame *frame, AVFrame *target);
