// Decoded pictures as values: reference counted, with what it takes to show them upright.
#ifndef CFS_PICTURE_H
#define CFS_PICTURE_H

#include <stdatomic.h>

#include "CFrameSampler.h"
#include "ffmpeg.h"

struct cfs_picture {
    atomic_int references;
    AVFrame *frame;
    int width, height; // in the file; the frame may have been decoded smaller
    int quarter_turns; // clockwise
    bool mirrored;     // before turning
    AVRational aspect; // of a pixel
};

// Takes over `frame`, also on failure. `stream` may be NULL. NULL when out of memory.
cfs_picture *cfs_picture_create(AVFrame *frame, const AVStream *stream);

// Upright size with square pixels.
void cfs_picture_upright_size(const cfs_picture *picture, int32_t *width, int32_t *height);
bool cfs_frame_is_hdr(const AVFrame *frame);
// The matrix (SWS_CS_…) a viewer would take: what the stream says, else BT.709 from 720 rows on.
int cfs_frame_matrix(const AVFrame *frame);
bool cfs_frame_is_full_range(const AVFrame *frame);

// Scales and converts the picture as coded, not turned, into `planes`; HDR is tone-mapped. 0 or an error.
int cfs_scale(const AVFrame *frame, enum AVPixelFormat format, int width, int height, uint8_t *const planes[4],
              const int strides[4]);

#endif
