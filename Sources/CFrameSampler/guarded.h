// Addresses that strangers name. Only public ones are connected to, and whoever connects asks here.
#pragma once

#include "CSamplerBase.h"
#include "ffmpeg.h"

typedef struct cfs_guard {
    AVIOInterruptCB interrupt; // asked whenever something waits
    bool allow_private;
    int64_t open_deadline_ms, read_deadline_ms;
    const char *user_agent; // borrowed from the options
    int refusal;            // why an address was not connected to, the last one: 0 or a CFS_ERROR_…
    char *address;          // the numeric address that FFmpeg was given; owned; NULL before
} cfs_guard;

// Whether the address begins with a scheme that goes through libcurl.
bool cfs_is_http(const char *url);

// Opens an http(s) address for reading and seeking, through libcurl. `guard` has to outlive `io`, which is the caller's
// (`cfs_guarded_close`); NULL on error. 0 or an error.
int cfs_guarded_open(cfs_guard *guard, const char *url, AVIOContext **io);
// Closes what cfs_guarded_open gave. Accepts a pointer to NULL.
void cfs_guarded_close(AVIOContext **io);

// For rtmp, rtsp, srt and rtp, which FFmpeg opens itself: resolves the host, checks it, and writes the address with the
// host in numbers to `guard->address`. Adds the options that the protocol needs to `settings`. 0 or an error.
int cfs_guarded_resolve(cfs_guard *guard, const char *url, AVDictionary **settings);
