// What a live connection's threads share. The runner's lock guards it; what belongs to one thread alone is marked.
//
//   reading thread ── packets, positions ──▶ line ──▶ decoding thread ──▶ two pictures at most ──▶ caller
#pragma once

#include "CLiveSampler.h"
#include "live-history.h"
#include "live-line.h"
#include "runner.h"

enum { out_capacity = 2 }; // pictures decoded and not taken

// A due picture after decoding.
typedef struct live_out {
    live_due due;
    AVFrame *frame;
    bool damaged;
} live_out;

struct cfs_live {
    cfs_runner run;
    cfs_live_limits limits;
    cfs_live_wake wake;
    void *context;
    pthread_mutex_t waking; // held while `wake` runs, so that destroy can wait for it
    bool is_given_up;       // under `waking`
    bool opened, told_opened, reading_done, decoding_done;
    int end_code;
    int64_t started_ns;
    live_line line;
    live_history history;
    live_out out[out_capacity];
    int out_head, out_count;
    int width, height;             // of the newest picture
    AVCodecParameters *parameters; // the stream's own, from when it was opened

    // The decoding thread's own, but for `sent`, which is written under the lock.
    cfs_decoder *decoder;
    int decoder_epoch;
    int64_t sent;      // sequence of the packet to send next; -1: none of this epoch was sent
    int64_t floor_pts; // pictures before it need a group that was not decoded
    bool drained;
    bool has_news; // a picture was put out that the caller has not been told of

    // The caller's own.
    live_out current;
    cfs_picture *current_picture;
};

// Calls the wake function.
void cfs_live_tell(cfs_live *live);
// The body of a thread is done.
void cfs_live_leave(cfs_live *live);
// The parameters of the stream, with the extra data that its packets brought along unless that is NULL. 0 or an error.
int cfs_live_parameters(const cfs_live *live, const AVBufferRef *extradata, AVCodecParameters *copy);
