#ifndef CFS_SHRINK_H
#define CFS_SHRINK_H

#include "ffmpeg.h"

// The picture as coded (not turned), `width` × `height`, as RGB24 or luma without padding. 0 or an error.
int cfs_shrink(const AVFrame *frame, bool gray, int width, int height, uint8_t *pixels);

#endif
