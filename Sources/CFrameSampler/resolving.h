// Addresses of rtmp, rtsp, srt, rtp and udp, which FFmpeg opens itself: it gets their hosts in numbers.
#pragma once

#include "guarded.h"

// Resolves the host, checks it, and writes the address with the host in numbers to `guard->address`. Adds the options that
// the protocol needs to `settings`. Again for the same guard: with the address that `cfs_resolving_next` chose. 0 or an
// error.
int cfs_resolving_address(cfs_guard *guard, const char *url, AVDictionary **settings);
// How many of the host's addresses are left to be tried, the present one among them; 1 or more.
int cfs_resolving_left(const cfs_guard *guard);
// Chooses the next of the host's addresses. False when there is none.
bool cfs_resolving_next(cfs_guard *guard);
