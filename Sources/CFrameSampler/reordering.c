#include "reordering.h"

#include "bitstream.h"

int cfs_reordering_depth(enum AVCodecID codec) { return cfs_codec_is_intra_only(codec) ? 1 : cfs_longest_reordering; }

int64_t cfs_reordering_add(cfs_reordering *reordering, int64_t pts) {
    int64_t *newest = reordering->newest;
    int at = reordering->count;
    while (at > 0 && newest[at - 1] > pts) at--;
    if (reordering->count < reordering->depth) {
        memmove(newest + at + 1, newest + at, (size_t)(reordering->count++ - at) * sizeof *newest);
        newest[at] = pts;
    } else if (at > 0) {
        memmove(newest, newest + 1, (size_t)(at - 1) * sizeof *newest);
        newest[at - 1] = pts;
    }
    return reordering->count == reordering->depth ? newest[0] : INT64_MIN;
}
