/// CSandbox: the samplers and the image reader of CFrameSampler, in processes that can do nothing else.
///
/// Why this shim exists: decoders are a million lines that read what strangers send. Here they run in *workers*: forked
/// ahead of time from a process that holds no secret (the zygote), without files, network, or a way to start programs,
/// and with bounds for memory and time. Swift cannot fork. Whatever a worker says is checked like any other input.
///
/// Each function is the one of CFrameSampler with the same name, and does the same; what differs is said here. With
/// `apart` false the work is done in the calling process.
#pragma once

#include "CFrameSampler.h"
#include "CLiveSampler.h"

#pragma clang assume_nonnull begin

/// Ways in which a worker ends its input, besides the errors of CSamplerBase.h.
enum {
    CSB_ERROR_UNAVAILABLE = -1000101, ///< No worker can be had: none was prepared, or the system has no process left.
    CSB_ERROR_CRASHED = -1000102,     ///< A decoder ended by a signal, or by itself.
    CSB_ERROR_LIMIT = -1000103,       ///< The worker needed more processor time or memory than it may.
    CSB_ERROR_HUNG = -1000104,        ///< The worker did not come on for as long as it may.
    CSB_ERROR_GARBLED = -1000105,     ///< The worker said what makes no sense.
    CSB_ERROR_FORBIDDEN = -1000106,   ///< The worker tried what only an attack does; the kernel ended it.
};

/// Like `cfs_error_text`, for the codes above too.
void csb_error_text(int code, char *buffer, size_t size);

/// What stands between workers and the rest.
typedef struct csb_walls {
    bool apart;       ///< There are workers.
    bool lost;        ///< There were: what forks them has ended. Nothing is decoded apart any more.
    bool filter;      ///< System calls are filtered (seccomp).
    int32_t landlock; ///< Version of the kernel's Landlock; 0: it has none.
} csb_walls;

/// Starts the process that workers are forked from. Once, first thing in `main`: what the process holds then, workers
/// inherit. The environment and the arguments are erased in it. It ends with the calling process.
/// @return 0; `CSB_ERROR_UNAVAILABLE` when threads exist already, or an error.
int csb_start(void);

/// From now on there is always a worker that waits for an input: for servers. Forking one takes two ms.
void csb_keep_warm(void);

/// What holds since `csb_start`.
csb_walls csb_walls_now(void);

/// `cfs_limit_memory`, over this process and all workers.
void csb_limit_memory(int64_t video_bytes, int64_t image_bytes);

/// Workers since the start.
typedef struct csb_counts {
    int64_t started; ///< Workers that were given an input.
    int64_t alive;   ///< Of these, those that have not been given up.
    int64_t crashed; ///< Ended by `CSB_ERROR_CRASHED`; likewise the others.
    int64_t limited, hung, garbled, forbidden;
} csb_counts;

/// Counts so far. Any thread.
csb_counts csb_counts_now(void);

/// Has every death of a worker told: with one of the codes above, on any thread. Call it before anything is opened.
void csb_observe_deaths(void (*_Nullable ended)(int reason));

// MARK: Pictures

/// A picture, wherever it lies; reference counted (`csb_picture_retain`, `csb_picture_release`).
typedef struct csb_picture csb_picture;

/// A picture of this process, which is taken over, also on failure. NULL when out of memory.
csb_picture *_Nullable csb_picture_local(cfs_picture *picture);
/// Adds a reference and returns the same picture.
csb_picture *csb_picture_retain(csb_picture *picture);
/// Drops a reference. Accepts NULL. Waits for a worker that takes no notice, but no longer than two seconds.
void csb_picture_release(csb_picture *_Nullable picture);
/// The `pixel_format` lives as long as the picture.
cfs_picture_info csb_picture_describe(const csb_picture *picture);
/// Blocks while the worker renders.
int csb_picture_render(const csb_picture *picture, cfs_layout layout, int32_t width, int32_t height, uint8_t *pixels);
/// Receives bytes that are valid during the call only.
typedef void (*csb_bytes)(void *_Nullable context, const uint8_t *bytes, size_t size);
/// `cfs_picture_jpeg`. Blocks while the worker encodes, and calls `take` once unless an error is returned.
int csb_picture_jpeg(const csb_picture *picture, int32_t max_side, int quality, csb_bytes take,
                     void *_Nullable context);
int64_t csb_picture_decoded_size(const csb_picture *picture);
int64_t csb_picture_copy_decoded(const csb_picture *picture, uint8_t *bytes, int64_t capacity);

// MARK: Files and addresses

typedef struct csb_sampler csb_sampler;

/// `cfs_sample`, whose own `picture` is NULL.
typedef struct csb_sample {
    cfs_sample about;
    csb_picture *_Nullable picture; ///< Owned by the caller. The same as before where a picture serves again.
} csb_sample;

int csb_sampler_create(const cfs_options *options, bool apart, csb_sampler *_Nullable *_Nonnull sampler);
/// Opens the file in this process, and has it probed.
int csb_sampler_open(csb_sampler *sampler);
const cfs_media *csb_sampler_media(const csb_sampler *sampler);
int32_t csb_sampler_streams(csb_sampler *sampler, cfs_stream *streams, int32_t capacity);
/// The end of a worker is an error of its own; samples before it are good, and their pictures gone.
int csb_sampler_next(csb_sampler *sampler, csb_sample *sample);
void csb_sampler_cancel(csb_sampler *sampler);
/// As of the sample taken last.
void csb_sampler_report(csb_sampler *sampler, cfs_report *report);
void csb_sampler_destroy(csb_sampler *_Nullable sampler);

// MARK: Images in memory

typedef struct csb_image csb_image;

int csb_image_open(const uint8_t *bytes, size_t size, int64_t max_pixels, int32_t wanted_side, bool apart,
                   csb_image *_Nullable *_Nonnull image);
const char *csb_image_format(const csb_image *image);
int csb_image_next(csb_image *image, csb_picture *_Nullable *_Nonnull picture);
void csb_image_cancel(csb_image *image);
void csb_image_close(csb_image *_Nullable image);

// MARK: Live streams

typedef struct csb_live csb_live;

/// `cfs_live_sample`, whose own `picture` is NULL.
typedef struct csb_live_sample {
    cfs_live_sample about;
    csb_picture *_Nullable picture; ///< Owned by the caller.
} csb_live_sample;

int csb_live_create(const cfs_options *options, const cfs_live_limits *limits, cfs_live_wake wake,
                    void *_Nullable context, bool apart, csb_live *_Nullable *_Nonnull live);
int csb_live_start(csb_live *live);
/// Does not wait, but for the end of a stream or of its worker: to learn why, up to three seconds.
cfs_live_event csb_live_take(csb_live *live, csb_live_sample *sample);
const cfs_media *csb_live_media(const csb_live *live);
int32_t csb_live_streams(csb_live *live, cfs_stream *streams, int32_t capacity);
/// Asks the worker, for up to two seconds; one that does not answer is ended.
void csb_live_report_now(csb_live *live, cfs_live_report *report);
void csb_live_cancel(csb_live *live);
void csb_live_destroy(csb_live *_Nullable live);
int64_t csb_live_clip(csb_live *live, int64_t from_ns, int64_t to_ns, const char *path, int64_t *first_ns);

#pragma clang assume_nonnull end
