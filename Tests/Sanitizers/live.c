// Reads the files it is given as live streams, under a sanitizer: to the end with clips cut on the way, cancelled at some
// point, and with a caller that takes nothing. Ends with 1 if a picture is still alive at the end.
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "CLiveSampler.h"

typedef struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    int count;
} bell;

static void ring(void *context) {
    bell *bell = context;
    pthread_mutex_lock(&bell->lock);
    bell->count++;
    pthread_cond_signal(&bell->rung);
    pthread_mutex_unlock(&bell->lock);
}

static void wait_for_bell(bell *bell) {
    pthread_mutex_lock(&bell->lock);
    while (bell->count == 0) pthread_cond_wait(&bell->rung, &bell->lock);
    bell->count = 0;
    pthread_mutex_unlock(&bell->lock);
}

static void watch(const char *path, cfs_mode mode, int64_t interval_ms, int64_t held_bytes, int most) {
    bell bell = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    cfs_options options = cfs_options_default();
    options.input = path;
    options.mode = mode;
    options.interval_ns = interval_ms * 1000000;
    cfs_live_limits limits = cfs_live_limits_default();
    limits.held_bytes = held_bytes;
    limits.kept_bytes = 1 << 20;
    cfs_live *live;
    if (cfs_live_create(&options, &limits, ring, &bell, &live) < 0 || cfs_live_start(live) < 0) abort();
    int count = 0;
    for (bool over = false; !over;) {
        cfs_live_sample sample;
        switch (cfs_live_take(live, &sample)) {
        case CFS_LIVE_NOTHING: wait_for_bell(&bell); break;
        case CFS_LIVE_OPENED: break;
        case CFS_LIVE_ENDED: over = true; break;
        case CFS_LIVE_SAMPLE:
            cfs_picture_release(sample.picture);
            if (++count == 3) {
                char clip[64];
                snprintf(clip, sizeof clip, "/tmp/framesift-clip-%d.mkv", (int)getpid());
                if (cfs_live_clip(live, 0, sample.position_ns, clip, NULL) >= 0) unlink(clip);
                // As a second look does.
                int memory = cfs_memory_file();
                if (memory < 0) abort();
                int64_t first;
                snprintf(clip, sizeof clip, "/proc/self/fd/%d", memory);
                cfs_live_clip(live, 0, sample.position_ns, clip, &first);
                close(memory);
            }
            if (count == most) cfs_live_cancel(live);
        }
    }
    cfs_live_report report;
    cfs_live_report_now(live, &report);
    cfs_live_destroy(live);
}

int main(int count, char **paths) {
    for (int i = 1; i < count; i++) {
        watch(paths[i], CFS_MODE_EXACT, 200, 16 << 20, 0);
        watch(paths[i], CFS_MODE_KEYFRAMES, 1000, 16 << 20, 0);
        // So little room that groups are given up, and a cancellation in the middle.
        watch(paths[i], CFS_MODE_EXACT, 40, 20000, 0);
        watch(paths[i], CFS_MODE_EXACT, 40, 16 << 20, 7);
    }
    // Threads of what was cancelled end by themselves; a picture that none of them gives back ends this by SIGALRM.
    alarm(60);
    while (cfs_picture_live_count() > 0) sched_yield();
    printf("%d streams, %lld pictures alive\n", count - 1, (long long)cfs_picture_live_count());
    return cfs_picture_live_count() != 0;
}
