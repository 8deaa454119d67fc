// The commonest conversion by far, done directly: 8-bit 4:2:0 video to the 4:2:0 planes of a JPEG of the same size.
#pragma once

#include "ffmpeg.h"

// Whether the frame can go this way: 8-bit 4:2:0, SDR, not interlaced, of a common matrix.
bool cfs_yuv_is_direct(const AVFrame *frame);
// Converts such a frame to full-range BT.601 planes of its size, to fill `target`. 0 or ENOMEM (an AVERROR).
int cfs_yuv_to_jpeg(const AVFrame *frame, AVFrame *target);
