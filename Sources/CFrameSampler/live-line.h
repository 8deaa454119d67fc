// A live connection's line: packets that were received and are not decoded yet, in decoding order, and the positions
// whose picture is known ("due"), in order of position; what may be forgotten of both.
#pragma once

#include "bitstream.h"
#include "grid.h"
#include "reordering.h"

enum { line_capacity = 4096, due_capacity = 256 }; // packets; pictures with positions waiting

typedef struct live_packet {
    AVPacket *packet;
    AVBufferRef *extradata; // that it is coded with, padded for FFmpeg; NULL: the stream's own
    cfs_packet_traits traits;
    int64_t sequence;
    int64_t pts, duration;
    int64_t stated_pts; // as the stream has it; `pts` goes on where this one jumps
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

// Guarded by the lock of the connection. How timestamps become positions is in live-timeline.h.
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
    int64_t free_ns; // no position at or after this one is due or was
    int64_t gap_ns;  // before the present continuity; 0 once it was told
    int64_t interval_ns;
    int64_t continuity;
    int epoch;
    bool anchored;                             // a first picture was seen in this continuity
    bool waits_for_cut;                        // nothing can be decoded before the next cut
    int keys_without_cut, packets_without_cut; // since it waits
    int64_t last_clock, last_received_ns;      // of the packet before, in decoding order
    bool last_had_dts;
    int64_t shift;                   // added to the stream's timestamps, which jumped within a group of pictures
    int64_t last_pts, last_duration; // of the picture shown last
    cfs_reordering reordering;
    int64_t watermark; // no picture is still to come that is shown at or before it
    int64_t assigned_sequence, assigned_pts, assigned_stated; // the picture last made due
    int64_t unusable, dropped;
    bool ended;
} live_line;

void cfs_line_init(live_line *line, cfs_mode mode, int64_t interval_ns, AVRational time_base, int64_t held_limit);
void cfs_line_free(live_line *line);

// Takes over a packet that can be decoded, leaving `packet` empty, and a reference to `extradata`, which may be NULL.
// When too much is held, the oldest is given up. 0 or ENOMEM (an AVERROR).
int cfs_line_hold(live_line *line, AVPacket *packet, AVBufferRef *extradata, cfs_packet_traits traits, int64_t now_ns);
// The packet with this sequence number; NULL when it is gone or still to come.
live_packet *cfs_line_find(live_line *line, int64_t sequence);
// Whether so much is held that the decoder should go along with it although nothing is due.
bool cfs_line_is_long(const live_line *line);
// Gives back packets that no position to come can need. `sent`: the decoder has taken all before it.
void cfs_line_trim(live_line *line, int64_t sent);

// Makes every position before `limit`, a pts, due.
void cfs_line_assign_before(live_line *line, int64_t limit, int64_t now_ns);
// The largest pts at or before the watermark: what may still be on screen.
int64_t cfs_line_settled(const live_line *line);
// Position of a picture, ns since the connection's first.
int64_t cfs_line_position(const live_line *line, int64_t pts);
