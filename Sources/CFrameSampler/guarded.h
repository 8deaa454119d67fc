// Addresses that strangers name: only public ones are connected to.
#pragma once

#include "CSamplerBase.h"
#include "ffmpeg.h"

// Asked whenever something waits.
typedef struct cfs_guard {
    AVIOInterruptCB interrupt;
    bool allow_private;
    int64_t open_deadline_ms, read_deadline_ms;
    const char *user_agent; // borrowed from the options
    int refusal;            // the last error of an address, for messages: 0 or a CFS_ERROR_…
    char *address;          // what FFmpeg was given; owned
} cfs_guard;

// Whether the address begins with a scheme that goes through libcurl.
bool cfs_is_http(const char *url);

// Opens an http(s) address for reading and seeking, through libcurl. `opaque` of the context refers to `guard`, which
// has to outlive it. 0 or an error.
int cfs_guarded_open(cfs_guard *guard, const char *url, AVIOContext **io);
// Closes what cfs_guarded_open gave. Accepts a pointer to NULL.
void cfs_guarded_close(AVIOContext **io);

// For rtmp, rtsp, srt and rtp, which FFmpeg opens itself: resolves the host, checks it, and writes the address with the
// host in numbers to `guard->address`, with the options the protocol needs. 0 or an error.
int cfs_guarded_resolve(cfs_guard *guard, const char *url, AVDictionary **settings);
