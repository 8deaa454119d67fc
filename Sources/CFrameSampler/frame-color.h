// What a decoded frame's colours mean, said once for all that convert them.
#ifndef CFS_FRAME_COLOR_H
#define CFS_FRAME_COLOR_H

#include "ffmpeg.h"

// PQ or HLG.
bool cfs_frame_is_hdr(const AVFrame *frame);
// The matrix (SWS_CS_…) a viewer would take: what the stream says, else BT.709 from 720 rows on.
int cfs_frame_matrix(const AVFrame *frame);
// 0…255 rather than 16…235.
bool cfs_frame_is_full_range(const AVFrame *frame);
// Of a format whose name says full range (yuvj…) the one that does not, which swscale does not warn about; else itself.
enum AVPixelFormat cfs_format_without_range(enum AVPixelFormat format);

#endif
