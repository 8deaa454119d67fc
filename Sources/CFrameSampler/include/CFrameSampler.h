/// CFrameSampler: pictures of a video at a fixed interval, decoding only what they need.
///
/// Why it exists beside `cfs_live`: a file can be read as fast as it is decoded, and waits. CSamplerBase.h says what
/// holds for every function here.
#pragma once

#include "CPicture.h"
#include "CSamplerBase.h"

#pragma clang assume_nonnull begin

/// A running sampler: one input, its reading thread and its decoding threads.
typedef struct cfs_sampler cfs_sampler;

/// One position and the picture on screen there.
typedef struct cfs_sample {
    int64_t index;                  ///< 0, 1, 2 … each once.
    int64_t position_ns;            ///< The position asked for, ns since the first picture.
    int64_t pts;                    ///< The picture's own timestamp, in units of the time base.
    int32_t time_base_num;          ///< Seconds a unit: numerator.
    int32_t time_base_den;          ///< Seconds a unit: denominator.
    bool reused;                    ///< The same picture as the position before it.
    bool damaged;                   ///< The picture could not be decoded, or only with errors.
    cfs_picture *_Nullable picture; ///< Owned by the caller (release it). NULL when nothing could be decoded.
} cfs_sample;

/// What was measured. Complete once `cfs_sampler_next` has returned 0 or an error.
typedef struct cfs_report {
    int64_t packets_read;     ///< Packets of the video stream taken from the container.
    int64_t packets_decoded;  ///< Packets handed to a decoder (a group decoded twice counts twice).
    int64_t pictures_decoded; ///< Pictures decoders gave back.
    int64_t failures;         ///< Packets or pictures that failed to decode or came with errors.
    int64_t groups_redecoded; ///< Groups decoded again, in full, because a planned picture did not appear.
    int64_t bytes_read;       ///< Bytes of the video stream's packets.
    int64_t duration_ns;      ///< First picture's start to last picture's end; -1 when the end was not reached.
    bool planned;             ///< Timestamps allowed decoding only what is needed; false = everything was decoded.
    bool truncated;           ///< The input ends before its own index or header says, or broke off.
    bool cut;                 ///< A limit (`max_duration_ns`, `max_bytes`) ended the sampling.
    int64_t decode_ns;        ///< Time spent inside decoders, summed over threads.
} cfs_report;

/// The position that these options ask for, ns since the first picture. @param index 0 or more.
/// @return INT64_MAX where the stretches have none of that index.
int64_t cfs_position(const cfs_options *options, int64_t index);

/// Makes a sampler that has not opened anything yet, so that opening can be cancelled.
/// @param options Copied.
/// @param sampler Owned by the caller (`cfs_sampler_destroy`); NULL on error.
/// @return 0 or an error.
int cfs_sampler_create(const cfs_options *options, cfs_sampler *_Nullable *_Nonnull sampler);

/// Opens and probes the input and starts the threads. Once. Blocks up to the open deadline: call it on its own thread.
/// @return 0, or an error. On error the sampler still has to be destroyed.
int cfs_sampler_open(cfs_sampler *sampler);

/// Header information; valid after a successful open, until destroy.
const cfs_media *cfs_sampler_media(const cfs_sampler *sampler);

/// The input's video streams known by now, in order. Complete once `cfs_sampler_next` has returned 0: some show up
/// late. Any thread, after a successful open.
/// @param streams Receives the first `capacity` of them.
/// @return how many there are.
int32_t cfs_sampler_streams(cfs_sampler *sampler, cfs_stream *streams, int32_t capacity);

/// The next sample that is ready. Groups of pictures decode side by side, so samples arrive ordered within a group but
/// not between groups; `index` orders them. Blocks until there is one; call it on one thread at a time.
/// @return 1 with `sample` filled, 0 at the end, or an error. An error ends the sampling; samples before it are good.
int cfs_sampler_next(cfs_sampler *sampler, cfs_sample *sample);

/// Ends everything within a second, whatever native call is waiting. Any thread, any time before destroy, repeatedly.
void cfs_sampler_cancel(cfs_sampler *sampler);

/// Statistics so far. Any thread.
void cfs_sampler_report(cfs_sampler *sampler, cfs_report *report);

/// Cancels, and gives the handle up. Pictures handed out stay valid. Waits up to a second for the threads; one stuck in
/// a system call (name resolution cannot be interrupted) frees what it holds when it returns.
void cfs_sampler_destroy(cfs_sampler *_Nullable sampler);

#pragma clang assume_nonnull end
