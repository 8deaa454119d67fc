// What the sampler's threads share. The runner's lock guards it; what belongs to one thread alone is marked.
//
//   reading thread ── pieces ──▶ chains ──▶ decoding threads ──▶ each chain's few pictures ──▶ caller
//
// Bounds: bytes of packets waiting, chains under way, pictures a chain.
#pragma once

#include "CPicture.h"
#include "decode.h"
#include "runner.h"
#include "stills.h"

enum { chain_out_capacity = 4, spare_entries = 512 };

// A chain: pieces on their way to one decoder, and its pictures on their way out. Chains run side by side.
typedef struct cfs_chain {
    struct cfs_chain *next;
    bool everything; // decode all of it and choose by the pictures' own timestamps
    bool has_origin;
    cfs_grid grid;              // of `everything`
    bool claimed, closed, done; // taken by a decoding thread; no more pieces; no more pictures
    cfs_piece **pieces;
    size_t piece_count, piece_next; // given to the decoder up to `piece_next`
    unsigned piece_bytes;           // allocated
    cfs_delivery out[chain_out_capacity];
    size_t out_head, out_count;
} cfs_chain;

typedef struct cfs_sampler {
    cfs_runner run; // `stopping`: the caller has all it wants, or an error was noted
    int thread_count;
    bool enough; // no packet read from now on would be used
    bool reading_done;
    int error;
    cfs_chain *head, *tail;
    int chain_count;
    size_t waiting; // bytes of pieces no decoder has taken
    cfs_entry *spare[spare_entries];
    int spare_count;
    int64_t duration_ns;
    bool planned, cut;

    cfs_stills *stills; // instead of all that reads and decodes, for what FFmpeg does not; NULL for videos

    // The reading thread's own; `open_chain` is written under the lock.
    cfs_plan plan;
    cfs_grid grid;
    int nal_length_size;
    cfs_chain *open_chain;

    // The caller's own.
    cfs_delivery current;
    cfs_picture *current_picture;
    bool any_sample;
} cfs_sampler;

// Ends the sampling with an error, unless one was noted already.
void cfs_sampler_fail(cfs_sampler *sampler, int code);
// A packet to fill, reused where possible; NULL when out of memory.
cfs_entry *cfs_take_entry(cfs_sampler *sampler);
// Gives back what was taken, for reuse.
void cfs_give_entry(cfs_sampler *sampler, cfs_entry *entry);
void cfs_free_entry(cfs_entry *entry);

// With the lock held:
void cfs_give_entry_locked(cfs_sampler *sampler, cfs_entry *entry);
void cfs_free_piece_locked(cfs_sampler *sampler, cfs_piece *piece);
void cfs_free_chain_locked(cfs_sampler *sampler, cfs_chain *chain);
// A new chain at the end of the line, open for pieces. NULL when out of memory.
cfs_chain *cfs_add_chain_locked(cfs_sampler *sampler);
// Adds a piece, which is taken over on success. 0 or ENOMEM (an AVERROR).
int cfs_chain_push(cfs_chain *chain, cfs_piece *piece);
