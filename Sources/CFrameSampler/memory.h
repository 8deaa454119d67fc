// How much memory decoded pictures take in the whole process.
#pragma once

#include <stdatomic.h>

#include "CSamplerBase.h"
#include "ffmpeg.h"

typedef enum cfs_memory_kind { cfs_memory_video, cfs_memory_image } cfs_memory_kind;

// Takes the frame's bytes, and `extra` bytes that decoding it needs besides, from the budget; the frame's last
// reference gives them back. Waits for other frames to give theirs back, but not longer than a picture may wait, and
// not once `cancelled` (may be NULL) is set. 0, `CFS_ERROR_TOO_MANY_PIXELS` when they never fit, `CFS_ERROR_BUSY`,
// `CFS_ERROR_CANCELLED` or ENOMEM (an AVERROR).
int cfs_memory_charge(cfs_memory_kind kind, AVFrame *frame, int64_t extra, const atomic_bool *cancelled);

// Counts a frame that its decoder allocated without asking. Does not wait. 0 or ENOMEM (an AVERROR).
int cfs_memory_count(cfs_memory_kind kind, AVFrame *frame);

// How many decoders of such pictures may run side by side: at most `wanted`, at least 1.
int cfs_memory_decoders(const AVCodecParameters *parameters, int wanted);

// The most bytes that one packet may have.
int64_t cfs_memory_largest_packet(void);
