// Reads a file whose demuxer has nothing yet, and says so instead of waiting: linked with `--wrap=av_read_frame`. Ends with 1
// where that is not waited for, or not ended as it should be, and by SIGALRM where it never ends.
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "source-open.h"
#include "source-read.h"

static atomic_int answers; // "again", so far
static int most;           // of those, before packets come

int __real_av_read_frame(AVFormatContext *format, AVPacket *packet);

int __wrap_av_read_frame(AVFormatContext *format, AVPacket *packet) {
    if (answers >= most) return __real_av_read_frame(format, packet);
    answers++;
    return AVERROR(EAGAIN);
}

static void *cancel_while_reading(void *context) {
    cfs_source *source = context;
    while (answers < 2) sched_yield();
    atomic_store(&source->cancelled, true);
    return NULL;
}

// What the first read returns after so many answers.
static int read_after(const char *path, int again, int64_t deadline_ms, bool cancels) {
    cfs_options options = cfs_options_default();
    options.input = path;
    options.read_deadline_ms = deadline_ms;
    answers = 0;
    most = again;
    cfs_source source;
    cfs_source_init(&source);
    AVPacket *packet = av_packet_alloc();
    if (!packet || cfs_source_open(&source, &options) < 0) abort();
    pthread_t canceller;
    if (cancels && pthread_create(&canceller, NULL, cancel_while_reading, &source) != 0) abort();
    int code = cfs_source_read(&source, packet);
    if (cancels) pthread_join(canceller, NULL);
    av_packet_free(&packet);
    cfs_source_close(&source);
    return code;
}

static bool expect(const char *what, int code, int expected) {
    if (code == expected) return true;
    printf("%s: %d instead of %d\n", what, code, expected);
    return false;
}

int main(int count, char **paths) {
    enum { always = INT_MAX, never_ms = 3600 * 1000, soon_ms = 100 };
    if (count != 2) return 2;
    alarm(10);
    bool is_right = expect("packets after a while", read_after(paths[1], 3, never_ms, false), 1);
    is_right &= expect("cancelled", read_after(paths[1], always, never_ms, true), CFS_ERROR_CANCELLED);
    is_right &= expect("out of time", read_after(paths[1], always, soon_ms, false), CFS_ERROR_DEADLINE);
    return is_right ? 0 : 1;
}
