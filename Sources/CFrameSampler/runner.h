// An input that is read and decoded on threads of its own: what the sampler of files and that of live streams share.
#pragma once

#include <pthread.h>

#include "decoder.h"
#include "source.h"

// The first member of its owner.
typedef struct cfs_runner {
    cfs_options options; // a copy, with all that it points to
    cfs_source source;
    cfs_decode_counters counters;

    pthread_mutex_t lock;   // guards what the threads share, here and in the owner
    pthread_cond_t changed; // told whenever something changes that a thread may wait for
    bool stopping;
    int running_threads;

    atomic_int references; // the caller and each thread
    void (*dispose)(void *owner);
    char *input, *user_agent;
    cfs_stretch *stretches;
} cfs_runner;

// Makes an owner of `size` bytes, all zero but for its runner. NULL when out of memory; else the caller has a
// reference. With the last reference `dispose` frees what the owner holds, and the owner itself is freed afterwards.
void *cfs_runner_create(size_t size, const cfs_options *options, void (*dispose)(void *owner));
void cfs_runner_release(cfs_runner *runner);
// Starts a thread, which gets the owner and a reference, and ends with `cfs_runner_leave`. 0 or an error.
int cfs_runner_start(cfs_runner *runner, void *(*body)(void *owner));
void cfs_runner_leave(cfs_runner *runner);
// Ends every wait of the threads. Any thread, repeatedly.
void cfs_runner_cancel(cfs_runner *runner);
// With the lock held: waits for a change, not beyond a time of the monotonic clock. False when that has come.
bool cfs_runner_wait_until(cfs_runner *runner, int64_t ns);

// A decoder for the source's video; `parameters` NULL: as the stream states them. 0 or an error; NULL on error.
int cfs_runner_make_decoder(cfs_runner *runner, const AVCodecParameters *parameters, cfs_decoder **decoder);
// The source's video streams, as `cfs_sampler_streams`.
int32_t cfs_runner_streams(cfs_runner *runner, cfs_stream *streams, int32_t capacity);
