// Whatever a server answers: to the reader of addresses, to the sampler behind it, and to the client of services.
#include "CFrameSampler.h"
#include "CHTTP.h"
#include "http-server.h"
#include "process.h"

#include <semaphore.h>

enum { total_ms = 300, wait_ms = 60, most_samples = 20, most_redirects = 5 };
// Of waiting, beyond what was allowed: much, for a loaded machine.
static const int64_t slack_ns = 8000000000;

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count, (void)arguments;
    http_server_start();
    // Opens what libcurl and FFmpeg keep open.
    chttp_client_destroy(chttp_client_create(1));
    return 0;
}

static void require_in_time(int64_t began_ns, int64_t allowed_ms) {
    int64_t took = fuzz_clock_ns(CLOCK_MONOTONIC) - began_ns;
    FUZZ_REQUIRE(took < allowed_ms * 1000000 + slack_ns, "%lld ms", (long long)took / 1000000);
}

// MARK: Reading an address

// Redirects that were allowed.
static int read_address(fuzz_input *input, const char *url) {
    uint8_t kind = (uint8_t)fuzz_take(input, 1), bound = (uint8_t)fuzz_take(input, 1);
    int64_t allowed = 1 + bound * 16, left = allowed;
    http_server_play(*input);
    chttp_limits limits = {
        .allow_private = true,
        .connect_ms = wait_ms,
        .idle_ms = wait_ms,
        .total_ms = total_ms,
        .max_bytes = kind & 1 ? 1 + bound * 16 : 0,
        .bytes_left = kind & 16 ? &left : NULL,
        .max_redirects = kind >> 1 & 3,
        .user_agent = "fuzz",
    };
    int64_t began = fuzz_clock_ns(CLOCK_MONOTONIC), sum = 0, count = 0;
    chttp_stream *stream = NULL;
    int code = chttp_stream_open(url, kind & 8 ? bound : 0, &limits, NULL, NULL, &stream);
    FUZZ_REQUIRE((code == 0) == (stream != NULL), "code %d", code);
    uint8_t block[777];
    while (stream && (count = chttp_stream_read(stream, block, sizeof block)) > 0) {
        FUZZ_REQUIRE(count <= (int64_t)sizeof block, "%lld bytes", (long long)count);
        sum += count;
    }
    FUZZ_REQUIRE(limits.max_bytes == 0 || sum <= limits.max_bytes, "%lld bytes", (long long)sum);
    FUZZ_REQUIRE(!limits.bytes_left || sum <= allowed, "%lld bytes of all", (long long)sum);
    FUZZ_REQUIRE(!limits.bytes_left || left < 0 || sum <= allowed - left, "%lld bytes counted", (long long)left);
    FUZZ_REQUIRE(!stream || chttp_stream_total(stream) >= -1, "a size of %lld", (long long)chttp_stream_total(stream));
    FUZZ_REQUIRE(!stream || (chttp_stream_status(stream) >= 0 && chttp_stream_status(stream) < 1000), "a status");
    chttp_stream_close(stream);
    require_in_time(began, total_ms);
    return limits.max_redirects;
}

// MARK: Sampling an address

static void sample_address(fuzz_input *input, const char *url) {
    http_server_play(*input);
    cfs_options options = cfs_options_default();
    options.input = url;
    options.is_url = options.guarded = options.allow_private = true;
    options.threads = 1;
    options.interval_ns = 40000000;
    options.max_samples = most_samples;
    options.max_pixels = 400000;
    options.max_bytes = 1 << 20;
    options.open_deadline_ms = 2 * wait_ms;
    options.read_deadline_ms = wait_ms;
    int64_t began = fuzz_clock_ns(CLOCK_MONOTONIC);
    cfs_sampler *sampler = NULL;
    if (cfs_sampler_create(&options, &sampler) < 0) abort();
    int code = cfs_sampler_open(sampler), count = 0;
    require_in_time(began, 4 * wait_ms);
    cfs_sample sample;
    while (code == 0 && cfs_sampler_next(sampler, &sample) == 1) {
        FUZZ_REQUIRE(sample.index >= 0 && sample.index < most_samples, "index %lld", (long long)sample.index);
        FUZZ_REQUIRE(++count <= most_samples, "%d samples", count);
        cfs_picture_release(sample.picture);
    }
    cfs_report report;
    cfs_sampler_report(sampler, &report);
    require_in_time(began, 4 * wait_ms + (report.packets_read + 1) * wait_ms);
    cfs_sampler_destroy(sampler);
}

// MARK: Calling a service

typedef struct hearing {
    sem_t heard;
    int count;
    int64_t max_response;
    unsigned sum; // of the body, which has to be there
} hearing;

static void note(void *context, const chttp_answer *answer) {
    hearing *hearing = context;
    FUZZ_REQUIRE(++hearing->count == 1, "told twice");
    FUZZ_REQUIRE((int64_t)answer->body_size <= hearing->max_response, "%zu bytes", answer->body_size);
    FUZZ_REQUIRE(answer->code <= 0 && answer->retry_after_ms >= -1, "an answer");
    for (size_t i = 0; i < answer->body_size; i++) hearing->sum += answer->body[i];
    sem_post(&hearing->heard);
}

static void call_service(fuzz_input *input, const char *url) {
    static const uint8_t body[3000] = {1, 2, 3};
    uint8_t kind = (uint8_t)fuzz_take(input, 1);
    hearing hearing = {.max_response = kind & 1 ? 100 : 100000};
    http_server_play(*input);
    chttp_call call = {
        .method = kind & 2 ? "POST" : "GET",
        .url = url,
        .user_agent = "fuzz",
        .connect_ms = wait_ms,
        .first_byte_ms = wait_ms,
        .total_ms = total_ms,
        .max_response = hearing.max_response,
    };
    if (kind & 2) call.body = body, call.body_size = sizeof body;
    sem_init(&hearing.heard, 0, 0);
    int64_t began = fuzz_clock_ns(CLOCK_MONOTONIC);
    chttp_client *client = chttp_client_create(1);
    if (!client) abort();
    int64_t number = chttp_client_start(client, &call, note, &hearing);
    if (kind & 4) chttp_client_cancel(client, number);
    while (sem_wait(&hearing.heard) < 0) {
    }
    chttp_client_destroy(client);
    require_in_time(began, total_ms);
    sem_destroy(&hearing.heard);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const char *const names[] = {"x", "x.mp4", "x.m3u8", "x.ts", "x"};
    fuzz_input input = {bytes, size};
    fuzz_process before = fuzz_process_now();
    int kind = fuzz_below(&input, 5), redirects = most_redirects;
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/%s", http_server_port(), names[kind]);
    if (kind == 0) redirects = read_address(&input, url);
    else if (kind == 4) call_service(&input, url), redirects = 0;
    else sample_address(&input, url);
    int requests = http_server_stop();
    // The sampler asks again for other places and for what playlists name.
    FUZZ_REQUIRE(requests <= redirects + 1 || (kind > 0 && kind < 4), "%d requests", requests);
    fuzz_process_require(before);
    return 0;
}
