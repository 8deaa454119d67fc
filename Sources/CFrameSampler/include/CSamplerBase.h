/// CSamplerBase: what the samplers and the image reader share: error codes, options, what an input's header says, and
/// the limits of the whole process.
///
/// Why this shim exists: FFmpeg's structs change layout between releases and its calls block, so Swift sees neither. It
/// sees opaque handles, plain structs and functions. Every function says who owns what; a pointer may be NULL only
/// where it says so. Return codes are FFmpeg's own (negative `AVERROR`s) or the `CFS_ERROR_…` values below, unchanged,
/// so that `cfs_error_text` can name them.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

struct chttp_signing;

/// Errors that are this shim's own. FFmpeg's are negative four-letter tags or negated errno values and never collide.
enum {
    CFS_ERROR_CANCELLED = -1000001,       ///< `cfs_sampler_cancel` was called.
    CFS_ERROR_DEADLINE = -1000002,        ///< A call that waits outlived its deadline.
    CFS_ERROR_NO_VIDEO = -1000003,        ///< The input opened, but has no video stream (audio only, subtitles only).
    CFS_ERROR_COVER_ONLY = -1000004,      ///< The only picture is cover art attached to an audio file.
    CFS_ERROR_NO_DECODER = -1000005,      ///< No decoder for the video stream, or for what an image holds.
    CFS_ERROR_TOO_MANY_PIXELS = -1000006, ///< A picture is larger than `max_pixels`.
    CFS_ERROR_EMPTY = -1000007,           ///< The input has no bytes.
    CFS_ERROR_DIRECTORY = -1000008,       ///< The path names a directory.
    CFS_ERROR_NO_PICTURE = -1000009,      ///< Read to the end without decoding one picture.
    CFS_ERROR_NOT_AN_IMAGE = -1000010,    ///< The bytes are in none of the image formats of `cfs_image_open`.
    CFS_ERROR_BROKEN_IMAGE = -1000011,    ///< An image that is damaged, or ends too early.
    CFS_ERROR_REFUSED_ADDRESS = -1000012, ///< Not an address that may be connected to (see `guarded`).
    CFS_ERROR_UNREACHABLE = -1000013,     ///< Nothing came from the address: no such host, no answer.
    CFS_ERROR_STREAM_CHANGED = -1000014,  ///< The video goes on in another stream of the same input: open it again.
    CFS_ERROR_REFUSED_FORMAT = -1000015,  ///< A container that is not read, such as one that names other inputs.
    CFS_ERROR_NO_STREAM = -1000016,       ///< There is no video stream of the number asked for.
    CFS_ERROR_LARGE_PACKET = -1000017,    ///< A packet is larger than any picture of the allowed size takes.
    CFS_ERROR_BUSY = -1000018,            ///< Other pictures held the memory for as long as this one may wait.
    CFS_ERROR_CERTIFICATE = -1000019,     ///< The certificate of the address's server is not one to trust.
    CFS_ERROR_TOO_MANY_PAGES = -1000020,  ///< A document has more pages than are looked at; those were.
    CFS_ERROR_NO_FONT = -1000021,         ///< Text is in a font that is neither in the document nor to be had.
    CFS_ERROR_MANY_ADDRESSES = -1000022,  ///< It takes more addresses at once than one input may have open.
    CFS_ERROR_MANY_BYTES = -1000023,      ///< More came from http(s) than may for `max_bytes`, before it was open.
};

/// A sentence fragment for an error code, e.g. "Invalid data found when processing input". Writes at most `size` bytes.
void cfs_error_text(int code, char *buffer, size_t size);

/// How pictures are chosen.
typedef enum cfs_mode {
    CFS_MODE_EXACT = 0,     ///< The picture on screen at each position.
    CFS_MODE_KEYFRAMES = 1, ///< The keyframe at or before each position.
} cfs_mode;

/// A stretch of positions, each `interval_ns` after the one before.
typedef struct cfs_stretch {
    int64_t start_ns;    ///< Its first position, ns since the first picture; beyond the stretch before.
    int64_t count;       ///< 1 or more.
    int64_t first_index; ///< The index of its first sample: the counts of the stretches before it, added up.
} cfs_stretch;

/// What to sample and within which limits. Start from `cfs_options_default` and set what differs.
typedef struct cfs_options {
    const char *input;  ///< A path, or an address when `is_url`. Copied. Unused when `fd` ≥ 0.
    bool is_url;        ///< `input` is an http(s) address, which the fetcher opens (CSamplerFetch.h).
    bool guarded;       ///< With `is_url`: the address comes from a stranger. Only public addresses are
                        ///< connected to, whatever names, redirects and playlists say; http(s), rtmp, rtsp,
                        ///< srt and rtp are taken. Default false.
    bool allow_private; ///< With `guarded`: private addresses may be connected to all the same. Default false.
    bool alone;         ///< With `is_url`: nothing else is opened that the input names. Default false.
    const struct chttp_signing *_Nullable signing; ///< With `alone`: signs the requests. The caller's, and copies keep
                                                   ///< it. Default NULL.
    bool live;           ///< A live stream, or an SDP file that describes one: with `is_url` also rtmp, rtsp, srt
                         ///< and rtp, opened by FFmpeg's own protocols. Set by `cfs_live_create`.
    bool udp;            ///< With `live`: RTSP's media over UDP instead of its own TCP connection.
    int fd;              ///< An open descriptor to read instead of `input`, or -1. Not closed by the sampler.
    bool relayed;        ///< `fd` is a channel on which another process sends what it reads (CSamplerRelay.h).
    int32_t stream;      ///< Number of the video stream to sample among the input's streams; -1 = the one players
                         ///< show. Default -1. One that shows up late is waited for, to the end of the input.
    cfs_mode mode;       ///< Default: exact.
    int64_t interval_ns; ///< Nanoseconds between positions. More than 0.
    int64_t start_ns;    ///< First position, in ns since the first picture. Default 0.
    int64_t duration_ns; ///< Positions stop this many ns after `start_ns`; 0 = to the end. Default 0.
    const cfs_stretch *_Nullable stretches; ///< Instead of `start_ns` and `duration_ns`. Copied. Default NULL.
    int64_t stretch_count;                  ///< Of `stretches`. Default 0.
    int64_t page_ns;          ///< How long a page, or a photo, is on screen, ns; 0 = `interval_ns`. Default 0.
    int64_t max_samples;      ///< At most this many positions; 0 = no limit. Default 0.
    int threads;              ///< Decoding threads; 0 = one a processor. Default 0.
    int64_t open_deadline_ms; ///< For opening and probing together, ms. Default 15 000.
    int64_t read_deadline_ms; ///< For each read of a packet, ms. Default 15 000.
    int64_t max_pixels;       ///< Width × height of a coded picture. Default 67 108 864 (8192 × 8192).
    int64_t max_duration_ns;  ///< Sampling is cut here, and `cfs_report.cut` says so. Default 24 h.
    int64_t max_bytes;        ///< Reading is cut after this many bytes of the video's packets, and where more comes
                              ///< from http(s) than twice as much and 64 MiB; 0 = no limit. Default 0.
    const char *user_agent;   ///< For http(s). Copied. Default "framesift".
} cfs_options;

/// What the header of the input says. Hints: `cfs_report` has what was measured. Strings live as long as the sampler.
typedef struct cfs_media {
    const char *container;        ///< FFmpeg's short name, e.g. "mov,mp4,m4a,3gp,3g2,mj2".
    const char *codec;            ///< FFmpeg's name, e.g. "h264".
    const char *pixel_format;     ///< FFmpeg's name, e.g. "yuv420p"; "unknown" when the header does not say.
    int32_t width, height;        ///< Coded size, pixels, before rotation.
    int32_t rotation;             ///< Degrees clockwise a viewer turns the picture: 0, 90, 180 or 270.
    int64_t declared_duration_ns; ///< -1 when the header declares none.
    double frame_rate;            ///< Pictures a second, on average; 0 when the header does not say.
    bool still;                   ///< A single still image rather than a video.
    bool sized;                   ///< The input says how many bytes it has, so it has an end.
} cfs_media;

/// One video stream of an input, sampled or not.
typedef struct cfs_stream {
    int32_t index;         ///< Its number among the input's streams.
    char codec[32];        ///< FFmpeg's name, "unknown" when there is none.
    int32_t width, height; ///< Coded size, pixels; 0 when the header does not say.
    char disposition[128]; ///< FFmpeg's words, separated by commas: "default", "attached_pic" …; may be empty.
    bool alternative;      ///< Another rendition of the same (HLS, DASH).
    bool cover;            ///< A still picture that goes with the input: cover art, or a thumbnail.
    bool sampled;          ///< The one this sampler samples.
} cfs_stream;

/// Bounds the memory of decoded pictures in the whole process: a picture that does not fit waits, undecoded, up to ten
/// seconds, and one that never fits is `CFS_ERROR_TOO_MANY_PIXELS`. Also bounds single allocations of FFmpeg, and
/// packets to an eighth of `video_bytes`. Call it before anything is opened. Until then: 2 GiB and 1 GiB.
/// @param video_bytes For the samplers' pictures together. @param image_bytes For those of `cfs_image_open`.
void cfs_limit_memory(int64_t video_bytes, int64_t image_bytes);

/// Has all threads allocate from two heaps (malloc's arenas) rather than up to eight a core. Call it before threads are
/// started. Exists because Swift cannot see `mallopt`.
void cfs_limit_arenas(void);

/// A bool made of a byte that another process sent. Exists because any byte but 0 and 1 is no bool in C.
static inline bool cfs_flag(const bool *byte) { return *(const volatile unsigned char *)byte != 0; }

/// The defaults named above; `interval_ns` is 1 s.
cfs_options cfs_options_default(void);

#pragma clang assume_nonnull end
