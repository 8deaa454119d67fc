// An input with one video stream: what it holds, and what ends its waits. Opening and reading are files of their own.
#pragma once

#include <stdatomic.h>

#include "CSamplerBase.h"
#include "ffmpeg.h"
#include "guarded.h"

enum { listed_streams = 64 };

typedef struct cfs_source {
    AVFormatContext *format;
    AVBufferRef *image; // all of an input that is an image which `cfs_image_open` reads; else NULL
    size_t image_size;
    AVIOContext *io; // for descriptors; NULL for addresses
    cfs_guard guard;
    AVIOContext *guarded_io; // the address itself, over http(s)
    int (*open_unguarded)(AVFormatContext *, AVIOContext **, const char *, int,
                          AVDictionary **); // FFmpeg's own io_open
    int fd;                                 // -1 for addresses
    bool owns_fd;
    AVStream *stream;
    atomic_bool cancelled;       // read by every wait, without a lock
    _Atomic int64_t deadline_ns; // monotonic clock; 0 = none
    atomic_bool expired;
    int64_t max_bytes;
    bool limit_reached;
    int64_t read_deadline_ms;
    _Atomic int64_t packets_read, bytes_read; // counted by the reading thread, reported by any
    bool live;
    bool relayed;           // another process reads it
    bool is_unsized;        // over rtmp, rtsp, srt or rtp: nobody says how much there is
    AVPacket *pending;      // read while looking for the video
    unsigned known_streams; // when it was opened
    bool ended_broken;      // the last read failed, or its packet was incomplete
    bool entry_failed;      // something that the input names (a segment) could not be had to its end
    int64_t first_packet;   // where the first packet lies in the input, bytes; -1: not known
    cfs_media media;
    cfs_stream streams[listed_streams]; // of video, as of the last `cfs_source_list_streams`
    int stream_count;
} cfs_source;

// Prepares an empty source, so that it can be cancelled before it opens.
void cfs_source_init(cfs_source *source);
// Waits give up so many ms from now; 0: never.
void cfs_source_set_deadline(cfs_source *source, int64_t ms);
// FFmpeg's interrupt callback; `opaque` is the source. 1 when it is cancelled, out of time or redirected, else 0.
int cfs_source_should_interrupt(void *opaque);
// The error that says why it was interrupted; `otherwise` when it was not.
int cfs_source_interruption(const cfs_source *source, int otherwise);
// Whether it is an image, be it an animation: what one says of its resolution is that of a print, not the shape of pixels.
bool cfs_source_is_image(const cfs_source *source);
// Frees what it holds. A source that was never opened is fine.
void cfs_source_close(cfs_source *source);
