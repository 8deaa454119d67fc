// How far pictures are reordered: packets come in decoding order, and only so many may come before one that is shown
// earlier. Once one more with larger pts were read, no picture before the smallest of these is still to come.
#pragma once

#include "ffmpeg.h"

// H.264 and HEVC allow 16 packets before one that is shown earlier. With that one it is 17.
enum { cfs_longest_reordering = 17 };

typedef struct cfs_reordering {
    int depth, count;
    int64_t newest[cfs_longest_reordering]; // the largest pts so far, ascending: `count`, at most `depth`
} cfs_reordering;

// The depth of a codec: 1 where every picture stands alone.
int cfs_reordering_depth(enum AVCodecID codec);
// Takes the pts of a packet. Returns the pts before which no picture is still to come; INT64_MIN while that is unknown.
int64_t cfs_reordering_add(cfs_reordering *reordering, int64_t pts);
