// What is transparent, as a viewer shows it who puts pictures on white.
#pragma once

#include "ffmpeg.h"

// What a frame's alpha means.
typedef enum cfs_alpha {
    cfs_alpha_straight,      // the color is as if it were opaque
    cfs_alpha_premultiplied, // the color is multiplied with it
    cfs_alpha_unused,        // nothing
} cfs_alpha;

// Whether the frame's format has alpha, be it that of a palette.
bool cfs_frame_has_alpha(const AVFrame *frame);

// The frame on white, with all that it states: RGB24, or RGB48 where it has more than 8 bits a component. The caller's;
// NULL when out of memory, or when there is no converting it.
AVFrame *cfs_frame_on_white(const AVFrame *frame, cfs_alpha alpha);

// Puts a frame that has alpha on white, in place. Others stay as they are. 0 or ENOMEM (an AVERROR).
int cfs_frame_put_on_white(AVFrame **frame, cfs_alpha alpha);
