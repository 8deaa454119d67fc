// Addresses: every connection to one is made, or allowed, here. For strangers only public ones are connected to.
#pragma once

#include "CSamplerBase.h"
#include "CSamplerFetch.h"
#include "ffmpeg.h"

typedef struct cfs_guard {
    AVIOInterruptCB interrupt; // asked whenever something waits
    bool trusted;              // the address is not a stranger's
    bool allow_private, live;
    bool alone; // nothing but the address is read, which is there as a whole or not at all
    int64_t open_deadline_ms, read_deadline_ms, max_bytes;
    const char *user_agent;              // borrowed from the options
    const struct chttp_signing *signing; // the same; or NULL
    const cfs_fetcher *fetcher;
    void *session;     // the fetcher's
    int failure;       // why nothing could be had from an address, the last one; 0 or an error
    int refusal;       // the same, where there is nothing more to be had of the source then
    int lost;          // why the address can no longer be read, though it may again later; 0 or an error
    char numeric[512]; // the host's addresses, separated by spaces; empty before it is resolved
    int choice;        // which of them is tried
    char *address;     // the numeric address that FFmpeg was given; owned; NULL before
} cfs_guard;

// Whether the address begins with a scheme that goes through libcurl.
bool cfs_is_http(const char *url);

// To be called before anything is opened. `session` and what follows is nobody else's.
void cfs_guarded_begin(cfs_guard *guard);
// To be called once everything is closed. One that never began is fine.
void cfs_guarded_end(cfs_guard *guard);

// For the fetcher; `context` is the guard.
bool cfs_guarded_interrupted(void *context);
// Notes why something could not be had, which is an error of the fetcher. Returns what FFmpeg is to hear.
int cfs_guarded_note(cfs_guard *guard, int code);

// Opens an http(s) address for reading and seeking: its bytes from `first` up to `end`, 0 for all. `guard` has to outlive
// `io`, which is the caller's (`cfs_guarded_close`); NULL on error. 0 or an error.
int cfs_guarded_open(cfs_guard *guard, const char *url, int64_t first, int64_t end, AVIOContext **io);
// Closes what cfs_guarded_open gave; leaves any other as it is. Accepts a pointer to NULL.
void cfs_guarded_close(AVIOContext **io);
