// The colors of still images as a viewer sees them, by Little CMS. Videos are taken to have the colors of their kind.
#pragma once

#include "ffmpeg.h"

// Loads what converting needs besides the frame.
void cfs_color_prepare(void);

// Converts a frame from the colors of an ICC profile to sRGB: `*frame` becomes one of RGB24, on white where it was
// transparent, and keeps all that it states but its colors, and its charge. A profile that does not fit the picture is none, as for viewers: the frame stays as it is. 0 or an error.
int cfs_color_from_profile(AVFrame **frame, const uint8_t *profile, size_t size);

// Likewise from the profile that FFmpeg found beside the frame, if it found one.
int cfs_color_from_own_profile(AVFrame **frame);

// Likewise from the primaries and transfer that the frame states. HDR stays as it is, because it is tone-mapped when it
// is rendered; and what any screen shows (BT.709, BT.601, sRGB) does, too.
int cfs_color_from_statement(AVFrame **frame);
