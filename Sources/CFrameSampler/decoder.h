// A decoder: packets in, pictures out, and what failed.
#pragma once

#include <stdatomic.h>

#include "CSamplerBase.h"
#include "plan.h"

enum { remembered_groups = 8 };

// What a handler returns: one of these ends a run early, 0 goes on, negative is an error.
enum { stop_requested = 1, picture_missing = 2 };

// The tags of a group's first packet and of the first that failed: from there to its end the group is damaged.
typedef struct group_health {
    int64_t begins, fails;
} group_health;

typedef struct wanted_picture {
    int64_t pts, first, count, tag;
} wanted_picture;

typedef struct cfs_decode_counters {
    _Atomic int64_t packets, pictures, failures, groups_redecoded, nanoseconds;
    atomic_bool end_damaged; // the input's last packet is not whole
} cfs_decode_counters;

typedef struct cfs_decoder {
    AVCodecContext *context;
    AVRational time_base;
    int64_t frame_duration; // in units of time_base, from the frame rate; for pictures that have none
    cfs_decode_counters *counters;
    const atomic_bool *cancelled; // ends waits for memory
    AVFrame *frame;
    AVFrame *previous; // the picture before, where a wanted one may turn out not to exist
    int64_t tag;       // of the packet sent last; counts packets
    group_health groups[remembered_groups];
    int group_count;
    int64_t failures;
    bool skips_unreferenced; // the codec marks pictures that none refers to, so that they can be left out

    wanted_picture *wanted;
    size_t wanted_head, wanted_count;
    unsigned wanted_bytes; // allocated
} cfs_decoder;

// A decoder for a stream whose pictures are coded with these parameters. Both are copied; `counters`, and `cancelled`,
// which ends its waits for memory, have to outlive it. 0 or an error; NULL on error.
// Slices may be decoded side by side, pictures never are: with frame threads libavcodec hands pictures out before it
// knows that they are damaged. Groups decode side by side instead.
int cfs_decoder_create(const AVStream *stream, const AVCodecParameters *parameters, const cfs_options *options,
                       cfs_decode_counters *counters, const atomic_bool *cancelled, cfs_decoder **decoder);
void cfs_decoder_free(cfs_decoder **decoder);

typedef int (*cfs_picture_handler)(cfs_decoder *decoder, void *state);

// Sends one packet, and hands each picture that comes out, in `decoder->frame`, to the handler. If `skippable`, the
// packet's picture may be left out if none refers to it. 0, the handler's code, or an error that ends everything (out
// of memory).
int cfs_decoder_send(cfs_decoder *decoder, const cfs_entry *entry, bool skippable, cfs_picture_handler handler,
                     void *state);
// Likewise hands out the pictures that are ready, because a handler ended a run before them.
int cfs_decoder_receive(cfs_decoder *decoder, cfs_picture_handler handler, void *state);
// Likewise hands out the pictures that the decoder still holds, for want of more packets.
int cfs_decoder_drain(cfs_decoder *decoder, cfs_picture_handler handler, void *state);
// Makes it ready for another chain.
void cfs_decoder_reset(cfs_decoder *decoder);
// Whether the picture of the packet with this tag, or one it may depend on, failed.
bool cfs_decoder_is_damaged(cfs_decoder *decoder, int64_t tag);

// Sends one packet, or NULL for the end, counting nothing, and gives the first picture that comes out: 1 with `frame`,
// which stays the decoder's and is valid until the next call; 0 when more packets are needed; negative on errors.
int cfs_decoder_first_picture(cfs_decoder *decoder, const AVPacket *packet, const AVFrame **frame);
