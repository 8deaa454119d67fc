// The commonest conversion by far, done directly: 8-bit 4:2:0 video to the 4:2:0 of a JPEG, at its own size.
#ifndef CFS_YUV_H
#define CFS_YUV_H

#include "ffmpeg.h"

// Whether the picture is 8-bit 4:2:0 with a matrix that this file knows.
bool cfs_yuv_is_direct(const AVFrame *frame);
// Converts to full-range BT.601 planes of the same size (chroma rounded up). 0 or ENOMEM.
int cfs_yuv_to_jpeg(const AVFrame *frame, uint8_t *const planes[4], const int strides[4]);

#endif
