// A live connection's inside. One lock guards what the threads share; what belongs to one alone is marked.
//
//   reading thread ── packets, positions ──▶ line ──▶ decoding thread ──▶ two pictures at most ──▶ caller
//
// The line holds packets in decoding order and the positions whose picture is known ("due"), in order of position.
#ifndef CFS_LIVE_H
#define CFS_LIVE_H

#include <pthread.h>

#include "CLiveSampler.h"
#include "decoder.h"
#include "picture.h"
#include "plan.h"
#include "source.h"

enum {
    line_capacity = 4096, // packets
    due_capacity = 256,   // pictures with positions waiting
    out_capacity = 2,     // pictures decoded and not taken
    // Seconds. Timestamps further ahead of the clock than this are a new beginning, not a pause. Nor does a picture last
    // longer than this because its sender says so: it lasts until the next one comes.
    longest_claim_s = 10,
};

typedef struct live_packet {
    AVPacket *packet;
    AVBufferRef *extradata; // the parameters it is coded with; NULL: the stream's own
    cfs_packet_traits traits;
    int64_t sequence;
    int64_t pts, duration;
    int64_t stated_pts; // as the stream has it; `pts` goes on where that jumps
    int64_t received_ns;
    int epoch; // packets of one epoch share parameters and timestamps, and may depend on each other
} live_packet;

// A picture and the positions it serves.
typedef struct live_due {
    int64_t sequence; // of its packet
    int64_t pts, stated_pts;
    int64_t first_ns, count; // positions: `first_ns`, then every interval
    int64_t continuity;
    int64_t gap_ns; // before its first position
    int64_t received_ns, due_ns;
    int epoch;
    bool repeated; // the picture was due before
    bool dropped;
} live_due;

// A due picture after decoding.
typedef struct live_out {
    live_due due;
    AVFrame *frame;
    bool damaged;
} live_out;

// Packets and due positions. Guarded by the lock of `cfs_live`.
typedef struct live_line {
    live_packet packets[line_capacity];
    int head, count;
    int64_t next_sequence;
    int64_t held_bytes, held_limit;
    live_due due[due_capacity];
    int due_head, due_count;

    cfs_mode mode;
    AVRational time_base;
    cfs_grid grid; // of the present continuity; its positions start at `base_ns`
    int64_t base_ns;
    int64_t free_ns; // no position at or after it was given
    int64_t gap_ns;  // before the present continuity; 0 once it was told
    int64_t interval_ns;
    int64_t continuity;
    int epoch;
    bool anchored;                             // a first picture was seen in this continuity
    bool waits_for_cut;                        // nothing can be decoded before the next
    int keys_without_cut, packets_without_cut; // see admits
    int64_t last_clock, last_received_ns;      // of the packet before, in decoding order
    bool last_had_dts;
    int64_t shift;                   // added to the stream's timestamps, which jumped within a group of pictures
    int64_t last_pts, last_duration; // of the picture shown last
    int64_t newest[cfs_longest_reordering];
    int newest_count;
    int64_t watermark; // no picture is still to come that is shown at or before it
    int64_t assigned_sequence, assigned_pts, assigned_stated; // the picture last made due
    int64_t unusable, dropped;
    bool ended;
} live_line;

void cfs_line_init(live_line *line, cfs_mode mode, int64_t interval_ns, AVRational time_base, int64_t held_limit);
// Makes sure that a packet has a pts, and one that is near its dts: pictures are decoded shortly before they are shown.
void cfs_line_settle(const live_line *line, AVPacket *packet, int64_t now_ns);
// A packet as it was received; what can be used of it is taken over, `packet` is left empty. `parameters_changed`: it
// begins a new epoch. 0 or ENOMEM.
int cfs_line_push(live_line *line, AVPacket *packet, AVBufferRef *extradata, bool parameters_changed,
                  cfs_packet_traits traits, int64_t now_ns);
// No more packets.
void cfs_line_end(live_line *line, int64_t now_ns);
// The packet with this sequence number; NULL when it is gone or still to come.
live_packet *cfs_line_find(live_line *line, int64_t sequence);
// The largest pts at or before the watermark: what may still be on screen.
int64_t cfs_line_settled(const live_line *line);
// So much of one group is held that the decoder had better go along with it.
bool cfs_line_is_long(const live_line *line);
// Gives back packets that no position to come can need. `sent`: the decoder has taken all before it.
void cfs_line_trim(live_line *line, int64_t sent);
// Position of a picture, ns since the connection's first.
int64_t cfs_line_position(const live_line *line, int64_t pts);
void cfs_line_free(live_line *line);

// Recent packets, for clips.
typedef struct live_history {
    struct kept_packet {
        AVPacket *packet;
        AVBufferRef *extradata;
        int64_t position_ns;
        int epoch;
        bool cut;
    } *packets;
    int count, capacity;
    int64_t bytes, limit;
} live_history;

// Keeps a reference to the packet. 0 or ENOMEM.
int cfs_history_add(live_history *history, const live_packet *packet, int64_t position_ns);
void cfs_history_free(live_history *history);

struct cfs_live {
    atomic_int references; // the caller and each thread
    cfs_options options;
    cfs_live_limits limits;
    char *input, *user_agent;
    cfs_live_wake wake;
    void *context;
    cfs_source source;
    cfs_decode_counters counters;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_mutex_t waking; // held while `wake` runs, so that destroy can wait for it
    bool is_given_up;       // under `waking`
    int running_threads;
    bool stopping, opened, told_opened, reading_done, decoding_done;
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
    int64_t floor_pts; // leading pictures before it belong to a group that was not decoded
    bool drained;
    bool has_news; // a picture was put out that the caller has not been told of

    // The caller's own.
    live_out current;
    cfs_picture *current_picture;
};

void *cfs_live_read_thread(void *live);
void *cfs_live_decode_thread(void *live);
// Calls the wake function.
void cfs_live_tell(cfs_live *live);
// A thread is done with the connection.
void cfs_live_leave(cfs_live *live);

#endif
