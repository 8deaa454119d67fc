// What a target may leave behind in this process: nothing. Counted before and after.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "CLiveSampler.h"
#include "input.h"
#include "threads.h"

static inline int fuzz_open_files(void) {
    DIR *listing = opendir("/proc/self/fd");
    if (!listing) abort();
    int count = 0;
    while (readdir(listing)) count++;
    closedir(listing);
    return count;
}

typedef struct fuzz_process {
    int threads, files;
} fuzz_process;

static inline fuzz_process fuzz_process_now(void) { return (fuzz_process){threads_running(), fuzz_open_files()}; }

static inline int64_t fuzz_clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Waits until everything is as it was. Threads end within a second, of which a loaded machine makes several.
static inline void fuzz_process_require(fuzz_process before) {
    int64_t until = fuzz_clock_ns(CLOCK_MONOTONIC) + 10000000000;
    fuzz_process now = fuzz_process_now();
    while (now.threads > before.threads && fuzz_clock_ns(CLOCK_MONOTONIC) < until) {
        sched_yield();
        now = fuzz_process_now();
    }
    FUZZ_REQUIRE(now.threads <= before.threads, "%d threads left", now.threads - before.threads);
    now = fuzz_process_now();
    FUZZ_REQUIRE(now.files <= before.files, "%d files left open", now.files - before.files);
    FUZZ_REQUIRE(cfs_picture_live_count() == 0, "%lld pictures left", (long long)cfs_picture_live_count());
}

// The bytes as a file in memory; a descriptor, to be closed.
static inline int fuzz_file(fuzz_input input) {
    int file = cfs_memory_file();
    if (file < 0 || write(file, input.bytes, input.size) != (ssize_t)input.size) abort();
    if (lseek(file, 0, SEEK_SET) != 0) abort();
    return file;
}
