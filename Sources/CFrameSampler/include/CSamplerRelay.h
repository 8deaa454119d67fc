/// CSamplerRelay: an input is read in one process and decoded in another.
///
/// Why it exists: rtmp, rtsp, srt and rtp are read by FFmpeg's own protocols, which need sockets. What decodes should
/// have none. For C only.
#pragma once

#include "CSamplerBase.h"

#pragma clang assume_nonnull begin

/// Opens an input and sends what is known of it and its packets, for a sampler whose options say `relayed`. Blocks until
/// the input has ended or failed, which it sends too, or nobody takes any more.
/// @param options As for a sampler.
/// @param channel One end of a pair of stream sockets; stays the caller's.
void cfs_relay(const cfs_options *options, int channel);

#pragma clang assume_nonnull end
