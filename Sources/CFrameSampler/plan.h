// Which packets have to be decoded, decided from timestamps alone as packets arrive in decoding order.
//
// Pictures are shown in order of pts, packets come in decoding order. What was read settles, up to a watermark, which
// pictures there are (reordering.h). Positions before it are given to their pictures, and a group of pictures is
// released once each of its pictures has been decided.
//
// Pure: no decoding, no I/O, no threads.
#pragma once

#include "bitstream.h"
#include "grid.h"
#include "reordering.h"

typedef struct cfs_entry {
    AVPacket *packet;
    int64_t pts, duration;
    cfs_packet_traits traits;
    bool shown;           // becomes a picture that is seen
    bool checked;         // to be decoded to see whether it is whole, whether it is wanted or not
    int64_t first, count; // positions this picture serves; count 0 = not wanted
} cfs_entry;

// A group of pictures, or a part of one: packets to decode in order. Pieces up to one that `closes` form a chain.
typedef struct cfs_piece {
    cfs_entry **entries;
    size_t count;       // of entries, which the piece owns
    size_t needed;      // so many from the front have to be decoded
    bool closes;        // nothing after it needs the decoder's state
    bool skips_leading; // its leading pictures need the group before, and none of them is wanted
    size_t bytes;
} cfs_piece;

// The memory of a queue of entries. Entries leave at its front without the others being moved.
typedef struct cfs_room {
    cfs_entry **base;
    size_t capacity;
} cfs_room;

typedef struct cfs_plan {
    cfs_grid grid;
    bool keyframes_only;
    cfs_reordering reordering;
    cfs_entry **pending; // decoding order; a queue within its room
    size_t pending_count;
    cfs_room pending_room;
    size_t without_cut; // so many from the front have no cut among them but for the first
    cfs_entry **order;  // of these the shown ones, by pts; a queue within its room
    size_t order_count;
    cfs_room order_room;
    int64_t watermark;   // no unread picture is shown before it
    int64_t decided_pts; // pictures up to here have their positions
    size_t pending_bytes;
    bool linked; // the next group goes on where the last one stopped
    bool stuck;  // a picture that cannot be decided yet holds up too much
    bool failed; // a timestamp is missing, doubled or too late, or the plan is stuck: decode everything from here
    bool ended;
    int64_t last_pts, last_duration;
} cfs_plan;

// The plan points at the grid's stretches, and owns nothing yet.
void cfs_plan_init(cfs_plan *plan, cfs_grid grid, enum AVCodecID codec, bool keyframes_only);
// Takes the entry over, or leaves it to the caller and sets `failed`. 0 or ENOMEM (an AVERROR).
int cfs_plan_add(cfs_plan *plan, cfs_entry *entry);
// Remembers which picture is shown last. To be called for every packet, also for those that are not added.
void cfs_plan_note_end(cfs_plan *plan, const cfs_entry *entry);
// No more packets: the last picture ends at `end_pts`.
void cfs_plan_end(cfs_plan *plan, int64_t end_pts);
// The next piece that is decided. Its entries and their array are the caller's. A piece of which nothing has to be
// decoded (needed = 0) comes too, so that its packets can be given back. 1 = filled, 0 = more packets are needed,
// negative = ENOMEM.
int cfs_plan_take(cfs_plan *plan, cfs_piece *piece);
void cfs_plan_free(cfs_plan *plan);
