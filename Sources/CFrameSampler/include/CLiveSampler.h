/// CLiveSampler: pictures of a live stream at a fixed interval, as they are sent.
///
/// Why this shim exists beside `cfs_sampler`: a file waits for its reader, a stream does not. Packets are read as they
/// come and held undecoded; when a position has its picture for certain, only what that picture needs is decoded.
/// Whatever comes too fast is given up and counted, never waited for.
///
/// One handle is one connection. Reconnecting means another handle; positions count from the first picture of each.
#pragma once

#include "CPicture.h"
#include "CSamplerBase.h"

#pragma clang assume_nonnull begin

/// One connection to a live stream: a reading and a decoding thread.
typedef struct cfs_live cfs_live;

/// Bounds of a connection. Start from `cfs_live_limits_default`.
typedef struct cfs_live_limits {
    int64_t held_bytes; ///< Undecoded packets held at most; beyond it the oldest groups are given up. Default 16 MiB.
    int64_t max_lag_ms; ///< A position is given up that waited longer than this to be decoded. Default 10 000.
    int64_t kept_bytes; ///< Packets kept for clips, decoded or not; 0 = none. Default 0.
} cfs_live_limits;

/// What `cfs_live_take` gave.
typedef enum cfs_live_event {
    CFS_LIVE_NOTHING = 0, ///< Nothing yet; the wake function will be called.
    CFS_LIVE_OPENED = 1,  ///< The stream is open: `cfs_live_media` is valid from now on.
    CFS_LIVE_SAMPLE = 2,  ///< `sample` was filled.
    CFS_LIVE_ENDED = 3,   ///< Nothing more will come; `cfs_live_report.end_code` says why.
} cfs_live_event;

/// One position and the picture on screen there, in order of position.
typedef struct cfs_live_sample {
    int64_t position_ns;   ///< Since the first picture of this connection; never runs backwards.
    int64_t continuity;    ///< 0, 1 …: goes up when the stream's timestamps start anew.
    int64_t gap_ns;        ///< Of a continuity's first position: how long nothing was received before it; else 0.
    int64_t pts;           ///< The picture's own timestamp, in units of the time base.
    int32_t time_base_num; ///< Seconds a unit: numerator.
    int32_t time_base_den; ///< Seconds a unit: denominator.
    int64_t age_ns;        ///< How long ago the picture's packet was received.
    int64_t waited_ns;     ///< How long ago the position was due: from then on it waited to be decoded and taken.
    bool reused;           ///< The same picture as at the position before; `picture` is NULL.
    bool damaged;          ///< The picture could not be decoded, or only with errors.
    bool dropped;          ///< Given up because decoding or the caller is behind; `picture` is NULL.
    cfs_picture *_Nullable picture; ///< Owned by the caller (`cfs_picture_release`).
} cfs_live_sample;

/// What was measured so far.
typedef struct cfs_live_report {
    int64_t packets_read;      ///< Of the video stream.
    int64_t bytes_read;        ///< Of the video stream's packets.
    int64_t packets_decoded;   ///< Handed to a decoder.
    int64_t pictures_decoded;  ///< That decoders gave back.
    int64_t failures;          ///< Packets or pictures that failed to decode or came with errors.
    int64_t packets_unusable;  ///< Before a first keyframe, and after what was given up.
    int64_t positions_dropped; ///< Given up.
    int64_t silence_ns;        ///< Since the last packet, or since the start; 0 before the threads run.
    int64_t position_ns;       ///< Where the newest picture ends; the origin is that of the samples' positions.
    int64_t held_bytes;        ///< Undecoded packets held now.
    int end_code;              ///< Once ended: 0 = the stream's own end, else an error.
} cfs_live_report;

/// Called on a thread of the sampler, without a lock held, whenever there may be something to take. Has to be quick.
typedef void (*cfs_live_wake)(void *_Nullable context);

/// The defaults named above.
cfs_live_limits cfs_live_limits_default(void);

/// Makes a connection that does nothing yet.
/// @param options Copied. Of the sampling options, `mode` and `interval_ns` count.
/// @param context Handed to `wake`; has to live until `cfs_live_destroy` has returned.
/// @param live Owned by the caller (`cfs_live_destroy`); NULL on error.
/// @return 0 or an error.
int cfs_live_create(const cfs_options *options, const cfs_live_limits *limits, cfs_live_wake wake,
                    void *_Nullable context, cfs_live *_Nullable *_Nonnull live);

/// Starts the threads, which open the stream. Once. Does not block. @return 0 or an error.
int cfs_live_start(cfs_live *live);

/// Takes what is next. Does not block; one thread at a time. Decoding goes at most two pictures ahead of it.
cfs_live_event cfs_live_take(cfs_live *live, cfs_live_sample *sample);

/// Header information; valid after `CFS_LIVE_OPENED`, until destroy.
const cfs_media *cfs_live_media(const cfs_live *live);

/// The input's video streams when it was opened, as `cfs_sampler_streams`; valid after `CFS_LIVE_OPENED`.
int32_t cfs_live_streams(cfs_live *live, cfs_stream *streams, int32_t capacity);

/// Statistics so far. Any thread.
void cfs_live_report_now(cfs_live *live, cfs_live_report *report);

/// Ends everything within a second, whatever native call is waiting. Any thread, any time before destroy, repeatedly.
void cfs_live_cancel(cfs_live *live);

/// Cancels, and gives the handle up; the wake function is not called any more once this has returned. Pictures handed
/// out stay valid. A thread stuck in a system call frees what it holds when it returns. Accepts NULL.
void cfs_live_destroy(cfs_live *_Nullable live);

/// A file that exists in memory only, for clips that are read again at once: `/proc/self/fd/N` names it. Exists because
/// Swift cannot see `memfd_create`.
/// @return a descriptor to `close`, or a negative error.
int cfs_memory_file(void);

/// Writes what is kept of a stretch of the stream, from the keyframe at or before its beginning, to a file: packets as
/// they were received, nothing encoded. Blocks for as long as writing takes; any thread.
/// @param from_ns,to_ns Positions of this connection.
/// @param path Its ending chooses the container (mp4, mkv, ts …), Matroska where it has none. Removed again on error.
/// @param first_ns Receives where its first picture lies in the connection; may be NULL.
/// @return bytes written, `CFS_ERROR_EMPTY` when nothing is kept of it, or another error.
int64_t cfs_live_clip(cfs_live *live, int64_t from_ns, int64_t to_ns, const char *path, int64_t *_Nullable first_ns);

/// Likewise, into memory of the caller's.
/// @param name Its ending chooses the container.
/// @param capacity Bytes there is room for; what is kept of the stream and 1 MiB more is enough.
int64_t cfs_live_clip_bytes(cfs_live *live, int64_t from_ns, int64_t to_ns, const char *name, uint8_t *bytes,
                            size_t capacity, int64_t *first_ns);

#pragma clang assume_nonnull end
