// Frames in other sizes and formats, by the file that makes them. None is turned upright. Each returns 0 or an error.
#pragma once

#include "ffmpeg.h"

// A frame to convert into, full range, with memory of its own. NULL when out of memory.
AVFrame *cfs_frame_make(enum AVPixelFormat format, int width, int height);

// scale.c: a decoded frame of any kind: one field of what is interlaced, and HDR tone-mapped to SDR.
int cfs_scale(const AVFrame *frame, AVFrame *target);

// swscale.c: by libswscale. Scales a frame as it lies in memory, and converts it, to fill `target`.
int cfs_swscale(const AVFrame *frame, AVFrame *target);

// tonemap.c: HDR (PQ, HLG) to what an SDR viewer sees. Scales to 16-bit RGB, maps that to BT.709 SDR, and converts it.
int cfs_tone_map(const AVFrame *frame, AVFrame *target);

// shrink.c: pictures as the judges want them, at `width` × `height` pixels as RGB24, or as luma when `gray`; full range,
// rows without padding. Planes are resampled before their colors are converted, so that converting costs no more than
// the small picture does.
int cfs_shrink(const AVFrame *frame, bool gray, int width, int height, uint8_t *pixels);

// yuv.c: the commonest conversion by far, done directly: 8-bit 4:2:0 video to the 4:2:0 planes of a JPEG of the same
// size, which are full-range BT.601.
int cfs_yuv_to_jpeg(const AVFrame *frame, AVFrame *target);
// Whether the frame can go this way: 8-bit 4:2:0, SDR, not interlaced, of a common matrix.
bool cfs_yuv_is_direct(const AVFrame *frame);
