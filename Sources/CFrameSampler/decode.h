// Decoding one chain of pieces into the pictures that are wanted: what is needed for them (decode-planned.c), or
// everything (decode-everything.c).
#pragma once

#include "decoder.h"

// A picture for `count` positions from `first` on. `frame` is the receiver's; NULL when there is no picture.
typedef struct cfs_delivery {
    int64_t first, count;
    int64_t pts;
    AVFrame *frame;
    bool damaged;
    bool reused; // the picture was delivered before, so the first position reuses it too
} cfs_delivery;

// Where a chain's pieces come from and its pictures go. Both may block; both return false when it is time to stop.
typedef struct cfs_chain_port {
    void *context;
    // The next piece, or NULL when the chain is complete. The piece stays the port's.
    bool (*next_piece)(void *context, cfs_piece **piece);
    // All pieces so far are done with and may be given back.
    void (*forget_pieces)(void *context);
    // Pieces given so far, oldest first, that were not forgotten; `av_free` the array. NULL when out of memory.
    size_t (*kept_pieces)(void *context, cfs_piece ***pieces);
    bool (*deliver)(void *context, cfs_delivery delivery);
} cfs_chain_port;

// Decodes what the pieces' wanted pictures need. 0, or an error that ends the sampling.
int cfs_decode_planned(cfs_decoder *decoder, cfs_chain_port port);

// Decodes everything and gives each position of `grid` the picture on screen there. Where the grid has no origin yet
// (`has_origin` false), the first picture is it. `end_ns` receives the end of the last picture, since the origin, if
// the end of the input is reached. 0, or an error that ends the sampling.
int cfs_decode_everything(cfs_decoder *decoder, cfs_chain_port port, cfs_grid grid, bool has_origin, int64_t *end_ns);
