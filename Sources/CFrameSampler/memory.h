// How much memory decoded pictures take in the whole process.
#pragma once

#include <stdatomic.h>

#include "CSamplerBase.h"
#include "ffmpeg.h"

typedef enum cfs_memory_kind { cfs_memory_video, cfs_memory_image } cfs_memory_kind;

// Takes the frame's bytes, and `extra` that decoding it needs besides, from the budget. Waits for others to give theirs
// back, undecoded bytes being small: not longer than a picture may wait, nor once `cancelled` (may be NULL) is set. The
// bytes are given back with the frame's last reference. 0, `CFS_ERROR_TOO_MANY_PIXELS` when they never fit,
// `CFS_ERROR_BUSY`, `CFS_ERROR_CANCELLED` or ENOMEM.
int cfs_memory_charge(cfs_memory_kind kind, AVFrame *frame, int64_t extra, const atomic_bool *cancelled);

// Counts a frame that its decoder allocated by itself. Does not wait. 0 or ENOMEM.
int cfs_memory_count(cfs_memory_kind kind, AVFrame *frame);

// Decoders of pictures this large that may run side by side.
int cfs_memory_decoders(const AVCodecParameters *parameters, int wanted);

// Bytes that one packet may have.
int64_t cfs_memory_largest_packet(void);
