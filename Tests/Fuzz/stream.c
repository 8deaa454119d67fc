// Any bytes read as a live stream, to their end or until the caller has enough. The first bytes choose how.
#include <pthread.h>

#include "process.h"

enum { most_pixels = 400000, most_samples = 4000, rendered_pictures = 3 };
static const int64_t most_cpu_ns = 20000000000;

typedef struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    bool is_ringing, is_gone;
} bell;

static void ring(void *context) {
    bell *bell = context;
    pthread_mutex_lock(&bell->lock);
    FUZZ_REQUIRE(!bell->is_gone, "called after the end");
    bell->is_ringing = true;
    pthread_cond_signal(&bell->rung);
    pthread_mutex_unlock(&bell->lock);
}

static void wait_for(bell *bell) {
    pthread_mutex_lock(&bell->lock);
    while (!bell->is_ringing) pthread_cond_wait(&bell->rung, &bell->lock);
    bell->is_ringing = false;
    pthread_mutex_unlock(&bell->lock);
}

typedef struct watching {
    cfs_live *live;
    bell bell;
    int64_t interval_ns, held_limit;
    int cancelled_after; // samples; 0: never
    int64_t last_ns, last_continuity;
    int count, rendered;
} watching;

static void use(watching *watching, const cfs_live_sample *sample) {
    FUZZ_REQUIRE(sample->position_ns > watching->last_ns, "position %lld after %lld", (long long)sample->position_ns,
                 (long long)watching->last_ns);
    FUZZ_REQUIRE(sample->continuity >= watching->last_continuity, "an earlier continuity");
    FUZZ_REQUIRE(sample->gap_ns >= 0 && sample->age_ns >= 0 && sample->waited_ns >= 0, "a time before its beginning");
    FUZZ_REQUIRE(!sample->picture || (!sample->reused && !sample->dropped), "a picture where none belongs");
    watching->last_ns = sample->position_ns;
    watching->last_continuity = sample->continuity;
    if (!sample->picture) return;
    uint8_t pixels[3 * 61 * 47];
    if (watching->rendered++ < rendered_pictures) cfs_picture_render(sample->picture, CFS_LAYOUT_RGB24, 61, 47, pixels);
    cfs_picture_release(sample->picture);
}

static void check_report(const watching *watching) {
    cfs_live_report report;
    cfs_live_report_now(watching->live, &report);
    FUZZ_REQUIRE(report.held_bytes >= 0 && report.held_bytes <= watching->held_limit + report.bytes_read, "bytes held");
    FUZZ_REQUIRE(report.packets_read >= 0 && report.positions_dropped >= 0 && report.packets_unusable >= 0, "a count");
    FUZZ_REQUIRE(report.silence_ns >= 0, "a count");
}

static void cut_a_clip(const watching *watching) {
    int memory = cfs_memory_file();
    if (memory < 0) abort();
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
    int64_t first_ns = 0, size = cfs_live_clip(watching->live, 0, watching->last_ns, path, &first_ns);
    FUZZ_REQUIRE(size < 0 || lseek(memory, 0, SEEK_END) > 0, "an empty clip");
    close(memory);
}

static void watch(watching *watching) {
    for (;;) {
        cfs_live_sample sample;
        cfs_live_event event = cfs_live_take(watching->live, &sample);
        if (event == CFS_LIVE_ENDED) return;
        if (event == CFS_LIVE_NOTHING) wait_for(&watching->bell);
        if (event == CFS_LIVE_OPENED) FUZZ_REQUIRE(cfs_live_media(watching->live)->codec, "media without a codec");
        if (event != CFS_LIVE_SAMPLE) continue;
        use(watching, &sample);
        if (++watching->count == 3) cut_a_clip(watching);
        if (watching->count == watching->cancelled_after) cfs_live_cancel(watching->live);
        if (watching->count % 50 == 0) check_report(watching);
        if (watching->count == most_samples) cfs_live_cancel(watching->live);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const int64_t intervals_ms[] = {1, 40, 100, 1000}, limits[] = {2000, 50000, 1 << 20, 16 << 20};
    fuzz_input input = {bytes, size};
    fuzz_process before = fuzz_process_now();
    int64_t began = fuzz_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    uint8_t kind = (uint8_t)fuzz_take(&input, 1), end = (uint8_t)fuzz_take(&input, 1);
    watching watching = {
        .bell = {.lock = PTHREAD_MUTEX_INITIALIZER, .rung = PTHREAD_COND_INITIALIZER},
        .interval_ns = intervals_ms[kind >> 1 & 3] * 1000000,
        .held_limit = limits[kind >> 3 & 3],
        .cancelled_after = end & 0x80 ? 1 + (end & 0x7f) : 0,
        .last_ns = -1,
    };
    int file = fuzz_file(input);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    cfs_options options = cfs_options_default();
    options.input = path;
    options.mode = kind & 1 ? CFS_MODE_KEYFRAMES : CFS_MODE_EXACT;
    options.interval_ns = watching.interval_ns;
    options.max_pixels = most_pixels;
    options.threads = 1;
    // A session description is waited on, for packets that nobody sends.
    options.open_deadline_ms = options.read_deadline_ms = 200;
    cfs_live_limits bounds = cfs_live_limits_default();
    bounds.held_bytes = watching.held_limit;
    bounds.kept_bytes = kind & 0x20 ? 1 << 20 : 0;
    if (cfs_live_create(&options, &bounds, ring, &watching.bell, &watching.live) < 0) abort();
    if (cfs_live_start(watching.live) < 0) abort();
    watch(&watching);
    check_report(&watching);
    cfs_live_destroy(watching.live);
    pthread_mutex_lock(&watching.bell.lock);
    watching.bell.is_gone = true;
    pthread_mutex_unlock(&watching.bell.lock);
    close(file);
    fuzz_process_require(before);
    int64_t took = fuzz_clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began;
    FUZZ_REQUIRE(took < most_cpu_ns, "%lld ms", (long long)took / 1000000);
    return 0;
}
