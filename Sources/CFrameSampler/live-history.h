// A live connection's recent packets, decoded or not, for clips.
#pragma once

#include "live-line.h"

typedef struct live_history {
    struct kept_packet {
        AVPacket *packet;
        AVBufferRef *extradata;
        int64_t position_ns;
        int epoch;
        bool cut;
    } *packets;
    int count;
    unsigned allocated; // bytes
    int64_t bytes, limit;
} live_history;

// Keeps references to the packet and its extra data, and gives up the oldest groups. 0 or ENOMEM (an AVERROR).
int cfs_history_add(live_history *history, const live_packet *packet, int64_t position_ns);
void cfs_history_free(live_history *history);
