// Decoding one chain of pieces into the pictures that are wanted.
#ifndef CFS_DECODE_H
#define CFS_DECODE_H

#include <stdatomic.h>

#include "CSamplerBase.h"
#include "plan.h"
#include "source.h"

// A picture for `count` positions from `first` on. `frame` is the receiver's; NULL when there is none.
typedef struct cfs_delivery {
    int64_t first, count;
    int64_t pts;
    AVFrame *frame;
    bool damaged;
    bool reused; // the first position too: the picture was delivered before
} cfs_delivery;

typedef struct cfs_decode_counters {
    _Atomic int64_t packets, pictures, failures, groups_redecoded, nanoseconds;
    atomic_bool end_damaged; // the input's last packet is not whole
} cfs_decode_counters;

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

typedef struct cfs_decoder cfs_decoder;

// What a decoder is made for.
typedef struct cfs_coding {
    const AVCodecParameters *parameters;
    AVRational time_base;
    AVRational frame_rate;        // numerator 0 when unknown
    const atomic_bool *cancelled; // has to outlive the decoder
} cfs_coding;

cfs_coding cfs_stream_coding(const cfs_source *source);

// 0 or an error; NULL on error. Slices may be decoded side by side, pictures never are: with frame threads libavcodec
// hands pictures out before it knows that they are damaged. Groups decode side by side instead.
// The coding's parameters are copied; `counters` has to outlive the decoder.
int cfs_decoder_create(cfs_coding coding, const cfs_options *options, cfs_decode_counters *counters,
                       cfs_decoder **decoder);
void cfs_decoder_free(cfs_decoder **decoder);

// Feeds one packet and returns the first picture that comes out (the decoder's, valid until the next call): 1 with
// `frame`, 0 when more is needed, negative on errors. A NULL packet drains.
int cfs_decoder_first_picture(cfs_decoder *decoder, const AVPacket *packet, const AVFrame **frame);

// Decodes what the pieces' wanted pictures need. 0, or an error that ends the sampling.
int cfs_decode_planned(cfs_decoder *decoder, cfs_chain_port port);

// Decodes everything and gives each position of `grid` the picture on screen there. Without an origin
// (`has_origin` false) the first picture is it. Fills in the end of the last picture, in ns since the origin.
int cfs_decode_everything(cfs_decoder *decoder, cfs_chain_port port, cfs_grid grid, bool has_origin, int64_t *end_ns);

#endif
