/// CFrameSampler: pictures of a video at a fixed interval, decoding only what they need.
///
/// Why this shim exists: FFmpeg's structs change layout between releases and its calls block, so Swift sees neither.
/// It sees opaque handles, plain structs and the functions below. Every function says who owns what; every pointer
/// says whether it may be NULL. Return codes are FFmpeg's own (negative `AVERROR`s) or the `CFS_ERROR_…` values
/// below, unchanged, so that `cfs_error_text` can name them.
#ifndef CFRAMESAMPLER_H
#define CFRAMESAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A running sampler: one input, its reading thread and its decoding threads.
typedef struct cfs_sampler cfs_sampler;

/// One decoded picture, reference counted (`cfs_picture_retain`, `cfs_picture_release`); threads may share it.
typedef struct cfs_picture cfs_picture;

/// Errors that are this shim's own. FFmpeg's are negative four-letter tags or negated errno values and never collide.
enum {
    CFS_ERROR_CANCELLED = -1000001,       ///< `cfs_sampler_cancel` was called.
    CFS_ERROR_DEADLINE = -1000002,        ///< A call that waits outlived its deadline.
    CFS_ERROR_NO_VIDEO = -1000003,        ///< The input opened, but has no video stream (audio only, subtitles only).
    CFS_ERROR_COVER_ONLY = -1000004,      ///< The only picture is cover art attached to an audio file.
    CFS_ERROR_NO_DECODER = -1000005,      ///< This build of FFmpeg has no decoder for the video stream.
    CFS_ERROR_TOO_MANY_PIXELS = -1000006, ///< A picture is larger than `max_pixels`.
    CFS_ERROR_EMPTY = -1000007,           ///< The input has no bytes.
    CFS_ERROR_DIRECTORY = -1000008,       ///< The path names a directory.
    CFS_ERROR_NO_PICTURE = -1000009,      ///< Read to the end without decoding one picture.
    CFS_ERROR_NOT_AN_IMAGE = -1000010,    ///< The bytes are in none of the image formats of `cfs_image_open`.
    CFS_ERROR_BROKEN_IMAGE = -1000011,    ///< An image that is damaged, or ends too early.
    CFS_ERROR_REFUSED_ADDRESS = -1000012, ///< Not an address that may be connected to (see `guarded`).
    CFS_ERROR_UNREACHABLE = -1000013,     ///< Nothing came from the address: no such host, no answer, an HTTP error.
    CFS_ERROR_REFUSED_FORMAT = -1000015,  ///< A container that is not read, such as one that names other inputs.
    CFS_ERROR_NO_STREAM = -1000016,       ///< There is no video stream of the number asked for.
    CFS_ERROR_BUSY = -1000018,            ///< Pictures of others took the memory for as long as this one may wait.
    CFS_ERROR_LARGE_PACKET = -1000017,    ///< A packet is larger than any picture of the allowed size takes.
};

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
    const char *input;   ///< A path, or an address when `is_url`. Copied. Unused when `fd` ≥ 0.
    bool is_url;         ///< `input` is an http(s) address, opened by FFmpeg's own protocols.
    bool guarded;        ///< With `is_url`: the address comes from a stranger. Only public addresses are
                         ///< connected to, whatever names, redirects and playlists say; http(s), rtmp, rtsp,
                         ///< srt and rtp are taken. Default false.
    bool allow_private;  ///< With `guarded`: private addresses may be connected to all the same. Default false.
    bool live;           ///< A live stream, or an SDP file that describes one: opened by FFmpeg's own protocols
                         ///< (rtmp, rtsp, srt, rtp, http(s), HLS). Set by `cfs_live_create`.
    bool udp;            ///< With `live`: RTSP's media over UDP instead of its own TCP connection.
    int fd;              ///< An open descriptor to read instead of `input`, or -1. Not closed by the sampler.
    int32_t stream;      ///< Number of the video stream to sample among the input's streams; -1 = the one players
                         ///< show. Default -1. One that shows up late is waited for, to the end of the input.
    cfs_mode mode;       ///< Default: exact.
    int64_t interval_ns; ///< Nanoseconds between positions. More than 0.
    int64_t start_ns;    ///< First position, in ns since the first picture. Default 0.
    int64_t duration_ns; ///< Positions stop this many ns after `start_ns`; 0 = to the end. Default 0.
    const cfs_stretch *_Nullable stretches; ///< Instead of `start_ns` and `duration_ns`. Copied. Default NULL.
    int64_t stretch_count;                  ///< Of `stretches`. Default 0.
    int64_t max_samples;                    ///< At most this many positions; 0 = no limit. Default 0.
    int threads;                            ///< Decoding threads; 0 = one a processor. Default 0.
    int64_t open_deadline_ms;               ///< For opening and probing together, ms. Default 15 000.
    int64_t read_deadline_ms;               ///< For each read of a packet, ms. Default 15 000.
    int64_t max_pixels;                     ///< Width × height of a coded picture. Default 67 108 864 (8192 × 8192).
    int64_t max_duration_ns;                ///< Sampling is cut here, and `cfs_report.cut` says so. Default 24 h.
    int64_t max_bytes;                      ///< Reading is cut after this many bytes; 0 = no limit. Default 0.
    const char *user_agent;                 ///< For http(s). Copied. Default "framesift".
} cfs_options;

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

/// Bounds the memory of decoded pictures in the whole process: a picture that does not fit waits, undecoded, up to 10 s, and
/// one that never fits is `CFS_ERROR_TOO_MANY_PIXELS`. Also bounds single allocations of FFmpeg, and packets to an eighth
/// of `video_bytes`. Call it before anything is opened. Until then: 2 GiB and 1 GiB.
/// @param video_bytes For the samplers' pictures together. @param image_bytes For those of `cfs_image_open`.
void cfs_limit_memory(int64_t video_bytes, int64_t image_bytes);

/// Has all threads allocate from two heaps (malloc's arenas) rather than up to eight a core. Call it before threads are
/// started. Exists because Swift cannot see `mallopt`.
void cfs_limit_arenas(void);

/// The defaults named above; `interval_ns` is 1 s.
cfs_options cfs_options_default(void);

/// Makes a sampler that has not opened anything yet, so that opening can be cancelled.
/// @param options Copied.
/// @param sampler Owned by the caller (`cfs_sampler_destroy`); NULL on error.
/// @return 0 or an error.
int cfs_sampler_create(const cfs_options *options, cfs_sampler *_Nullable *_Nonnull sampler);

/// Opens and probes the input and starts the threads. Once per sampler. Blocks up to the open deadline; call it on a
/// thread of its own.
/// @return 0, or an error. On error the sampler still has to be destroyed.
int cfs_sampler_open(cfs_sampler *sampler);

/// Header information; valid after a successful open, until destroy.
const cfs_media *cfs_sampler_media(const cfs_sampler *sampler);

/// The input's video streams known by now, in order. Complete once `cfs_sampler_next` has returned 0: some show up late. Any
/// thread, after a successful open.
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

/// A sentence fragment for an error code, e.g. "Invalid data found when processing input". Writes at most `size` bytes.
void cfs_error_text(int code, char *buffer, size_t size);

// MARK: Images in memory

/// A still image or an animation held in memory, decoded picture by picture on the caller's thread.
typedef struct cfs_image cfs_image;

/// Opens an image by what its first bytes say: JPEG, PNG (also animated), GIF, BMP, WEBP (still), TIFF or ICO.
/// Exists beside the sampler because one picture needs no plan, no threads and no file.
/// @param bytes Copied.
/// @param max_pixels Width × height of a picture; more is `CFS_ERROR_TOO_MANY_PIXELS`, before it is allocated.
/// @param wanted_side The longest side, pixels, that anybody will ask a picture for. Where the format can (JPEG), a picture
/// that is much larger is decoded at a half, a quarter or an eighth of its size: its longer side stays at least twice
/// that, and its shorter one at least that. 0: never.
/// @param image Owned by the caller (`cfs_image_close`); NULL on error.
/// @return 0, `CFS_ERROR_NOT_AN_IMAGE`, `CFS_ERROR_BROKEN_IMAGE` or another error.
int cfs_image_open(const uint8_t *bytes, size_t size, int64_t max_pixels, int32_t wanted_side,
                   cfs_image *_Nullable *_Nonnull image);

/// "jpeg", "png", "gif", "bmp", "webp", "tiff" or "ico". Static.
const char *cfs_image_format(const cfs_image *image);

/// Decodes the next picture. Errors in it are errors: half an image is not judged.
/// @param picture Owned by the caller (`cfs_picture_release`); NULL unless 1 is returned.
/// @return 1 with a picture, 0 at the end, or an error.
int cfs_image_next(cfs_image *image, cfs_picture *_Nullable *_Nonnull picture);

/// Makes `cfs_image_next` end with `CFS_ERROR_CANCELLED`: at once where it waits for memory, else after the picture it
/// decodes, which cannot be interrupted. Any thread, any time before close, repeatedly.
void cfs_image_cancel(cfs_image *image);

/// Frees the image. Pictures handed out stay valid. Accepts NULL.
void cfs_image_close(cfs_image *_Nullable image);

// MARK: Pictures

/// How a picture looks to a viewer.
typedef struct cfs_picture_info {
    int32_t width, height;             ///< Upright and with square pixels: rotation and sample aspect ratio applied.
    int32_t coded_width, coded_height; ///< As in the file.
    int32_t rotation;                  ///< Degrees clockwise applied to get upright: 0, 90, 180, 270.
    bool mirrored;                     ///< Flipped left to right before rotating.
    bool interlaced;                   ///< Rendered from one field, the other interpolated.
    bool hdr;                          ///< PQ or HLG: tone-mapped to SDR when rendered.
    const char *pixel_format;          ///< As decoded, FFmpeg's name. Static.
} cfs_picture_info;

/// Layouts `cfs_picture_render` writes: 8 bits a component, rows from the top.
typedef enum cfs_layout {
    CFS_LAYOUT_RGB24 = 0, ///< 3 bytes a pixel: R, G, B; full range, sRGB-like.
    CFS_LAYOUT_GRAY8 = 1, ///< 1 byte a pixel: luma, full range.
} cfs_layout;

/// Adds a reference and returns the same picture.
cfs_picture *cfs_picture_retain(cfs_picture *picture);
/// Drops a reference; the last one frees the decoded picture. Accepts NULL.
void cfs_picture_release(cfs_picture *_Nullable picture);
/// Pictures alive in the whole process; for tests that count leaks.
int64_t cfs_picture_live_count(void);

/// Describes the picture.
cfs_picture_info cfs_picture_describe(const cfs_picture *picture);

/// Scales (bilinear with antialiasing), converts and turns the picture upright into `pixels`.
/// @param width,height Size wanted, pixels; any aspect ratio, both at least 1.
/// @param pixels `height` rows of `width` pixels without padding, owned by the caller.
/// @return 0 or an error.
int cfs_picture_render(const cfs_picture *picture, cfs_layout layout, int32_t width, int32_t height, uint8_t *pixels);

/// Encodes the upright picture as a baseline JPEG, 4:2:0.
/// @param max_side Longest side, pixels; smaller pictures are not enlarged; 0 = as it is.
/// @param quality 1…100, libjpeg's scale.
/// @param data Receives a buffer to give back with `cfs_jpeg_free`; NULL on error.
/// @return 0 or an error.
int cfs_picture_jpeg(const cfs_picture *picture, int32_t max_side, int quality, uint8_t *_Nullable *_Nonnull data,
                     size_t *size);

/// Encodes RGB24 pixels (rows without padding, from the top) as a baseline JPEG, 4:2:0. For pictures made of pictures.
/// @param width,height Pixels, 1…65500.
/// @param quality 1…100, libjpeg's scale.
/// @param data Receives a buffer to give back with `cfs_jpeg_free`; NULL on error.
/// @return 0 or an error.
int cfs_jpeg_encode(const uint8_t *rgb, int32_t width, int32_t height, int quality, uint8_t *_Nullable *_Nonnull data,
                    size_t *size);

/// Frees what `cfs_picture_jpeg` and `cfs_jpeg_encode` gave. Accepts NULL.
void cfs_jpeg_free(uint8_t *_Nullable data);

/// Compresses RGB24 pixels as JPEG (4:2:0, accurate DCT) and decompresses them over themselves.
/// Exists because open_nsfw's reference judges what a JPEG left of the picture.
/// @return 0 or an error.
int cfs_jpeg_round_trip(uint8_t *rgb, int32_t width, int32_t height, int quality);

/// Bytes that `cfs_picture_copy_decoded` needs.
int64_t cfs_picture_decoded_size(const cfs_picture *picture);
/// Copies the picture as decoded, plane after plane without padding (FFmpeg's rawvideo), for bit-exact comparison.
/// @return bytes written, or an error.
int64_t cfs_picture_copy_decoded(const cfs_picture *picture, uint8_t *bytes, int64_t capacity);

#pragma clang assume_nonnull end

#endif
