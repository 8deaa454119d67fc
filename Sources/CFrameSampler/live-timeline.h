// How packets come into a live connection's line: their timestamps, which jump, stop and start anew, become one
// timeline, and settle which picture serves which position.
#pragma once

#include "live-line.h"

// Seconds. Timestamps further ahead of the clock than this are a new beginning, not a pause. Nor does a picture last
// longer than this because its sender says so: it lasts until the next one comes.
enum { longest_claim_s = 10 };

// Makes sure that a packet has a pts, and one near its dts: pictures are decoded shortly before they are shown.
void cfs_line_settle(const live_line *line, AVPacket *packet, int64_t now_ns);
// Adds to timestamps what the line adds to those of its stream, where these jumped.
void cfs_line_shift(const live_line *line, AVPacket *packet);
// Takes in a packet as it was received, leaving `packet` empty, whether it can be used or not. `extradata` as in
// `cfs_line_hold`; `parameters_changed`: it begins a new epoch. 0 or ENOMEM (an AVERROR).
int cfs_line_push(live_line *line, AVPacket *packet, AVBufferRef *extradata, bool parameters_changed,
                  cfs_packet_traits traits, int64_t now_ns);
// No more packets.
void cfs_line_end(live_line *line, int64_t now_ns);
