// What a worker says that has been taken over (protocol.h), as the process hears it that it works for.
//
// The first byte of an input chooses a message; then bytes as they come, or requests one after the other.
#include <pthread.h>

#include "CSamplerFetch.h"
#include "channel.h"
#include "lender.h"
#include "login.h"
#include "process.h"
#include "sample-check.h"
#include "source-service.h"

static void fill(fuzz_input *input, void *structure, size_t size) {
    size_t count = size < input->size ? size : input->size;
    memset(structure, 0, size);
    memcpy(structure, input->bytes, count);
    input->bytes += count;
    input->size -= count;
}

static bool is_bool(const bool *flag) { return *(const unsigned char *)flag <= 1; }

#define REQUIRE_BOOL(flag) FUZZ_REQUIRE(is_bool(&(flag)), "%d", *(const unsigned char *)&(flag))

// MARK: Samples

static void check_samples(fuzz_input *input) {
    static const int64_t intervals_ms[] = {1, 40, 1000, 86400000};
    cfs_stretch stretches[] = {{0, 3, 0}, {50000000000, 4, 3}};
    cfs_options options = cfs_options_default();
    options.interval_ns = intervals_ms[fuzz_below(input, 4)] * 1000000;
    if (fuzz_below(input, 2)) options.stretches = stretches, options.stretch_count = 2;
    csb_sample_check check = {0};
    bool seen[256] = {false};
    while (input->size > 0) {
        cfs_sample sample;
        bool is_likely = fuzz_below(input, 4) > 0;
        int64_t likely = fuzz_below(input, 256);
        if (!is_likely) fill(input, &sample, sizeof sample);
        else sample = (cfs_sample){likely, cfs_position(&options, likely), 0, 1, 1000, false, false, NULL};
        if (!csb_check_sample(&check, &options, &sample)) continue;
        FUZZ_REQUIRE(sample.index >= 0 && sample.position_ns >= 0, "index %lld", (long long)sample.index);
        FUZZ_REQUIRE(sample.time_base_num > 0 && sample.time_base_den > 0 && !sample.picture, "a time base");
        FUZZ_REQUIRE(sample.index > 255 || !seen[sample.index], "index %lld twice", (long long)sample.index);
        if (sample.index <= 255) seen[sample.index] = true;
        REQUIRE_BOOL(sample.reused);
        REQUIRE_BOOL(sample.damaged);
    }
    csb_sample_check_free(&check);
}

static void check_live_samples(fuzz_input *input) {
    int64_t last_ns = -1;
    while (input->size > 0) {
        cfs_live_sample sample;
        fill(input, &sample, sizeof sample);
        if (!csb_check_live_sample(last_ns, &sample)) continue;
        FUZZ_REQUIRE(sample.position_ns > last_ns && sample.position_ns < INT64_MAX / 4, "a position");
        FUZZ_REQUIRE(sample.gap_ns >= 0 && sample.age_ns >= 0 && sample.waited_ns >= 0 && !sample.picture, "a time");
        REQUIRE_BOOL(sample.dropped);
        last_ns = sample.position_ns;
    }
}

// MARK: Descriptions

static void check_media(fuzz_input *input) {
    csb_media_message media;
    fill(input, &media, sizeof media);
    bool good = csb_clean_media(&media);
    FUZZ_REQUIRE(memchr(media.container, 0, sizeof media.container) && memchr(media.codec, 0, sizeof media.codec)
                     && memchr(media.pixel_format, 0, sizeof media.pixel_format),
                 "text without an end");
    FUZZ_REQUIRE(!good || (media.media.width >= 0 && media.media.frame_rate >= 0), "numbers");
    REQUIRE_BOOL(media.media.still);
    REQUIRE_BOOL(media.media.sized);
}

static void check_stream(fuzz_input *input) {
    cfs_stream stream;
    fill(input, &stream, sizeof stream);
    csb_clean_stream(&stream);
    FUZZ_REQUIRE(strlen(stream.codec) < sizeof stream.codec, "text without an end");
    FUZZ_REQUIRE(strlen(stream.disposition) < sizeof stream.disposition, "text without an end");
    FUZZ_REQUIRE(stream.index >= 0 && stream.width >= 0 && stream.height >= 0, "a number");
    REQUIRE_BOOL(stream.cover);
}

static void check_reports(fuzz_input *input) {
    cfs_report report;
    cfs_live_report live;
    fill(input, &report, sizeof report);
    fill(input, &live, sizeof live);
    csb_clean_report(&report);
    csb_clean_live_report(&live);
    FUZZ_REQUIRE(report.packets_read >= 0 && report.bytes_read >= 0 && report.duration_ns >= -1, "a count");
    FUZZ_REQUIRE(live.packets_read >= 0 && live.silence_ns >= 0 && live.held_bytes >= 0, "a count");
    REQUIRE_BOOL(report.planned);
    REQUIRE_BOOL(report.cut);
    char text[128];
    csb_error_text(live.end_code, text, sizeof text);
}

static void check_picture(fuzz_input *input) {
    static const int64_t most_pixels = 1 << 26;
    csb_picture_message picture;
    fill(input, &picture, sizeof picture);
    if (!csb_check_picture(most_pixels, &picture)) return;
    const cfs_picture_info *info = &picture.info;
    FUZZ_REQUIRE((int64_t)info->coded_width * info->coded_height <= most_pixels, "pixels in the file");
    FUZZ_REQUIRE((int64_t)info->width * info->height <= 4 * most_pixels, "pixels");
    FUZZ_REQUIRE(
        picture.decoded_size >= 0 && picture.decoded_size < 1LL << 32, "%lld bytes", (long long)picture.decoded_size);
    FUZZ_REQUIRE(memchr(picture.pixel_format, 0, sizeof picture.pixel_format), "text without an end");
    REQUIRE_BOOL(info->hdr);
}

// MARK: Memory

static void lend(fuzz_input *input) {
    int ends[2];
    if (csb_channel_make(ends) < 0) abort();
    csb_worker worker = {.memory = ends[0]};
    bool makes_sense = true;
    csb_limit_memory(1 << 20, 1 << 20);
    while (input->size > 0 && makes_sense) {
        csb_memory_message message = {.version = csb_protocol_version};
        if (fuzz_below(input, 4) == 0) fill(input, &message, sizeof message);
        message.image = message.image > 1 ? message.image : (uint32_t)fuzz_below(input, 2);
        if (message.least == 0) message.least = message.wanted = fuzz_any_size(input) & 0x1fffff;
        if (fuzz_below(input, 2)) message.least = 0, message.bytes = fuzz_any_size(input);
        // Also what is no message.
        size_t size = fuzz_below(input, 16) == 0 ? 1 + (size_t)fuzz_below(input, 256) : sizeof message;
        uint8_t bytes[256 + sizeof message] = {0};
        memcpy(bytes, &message, sizeof message);
        if (csb_channel_send(ends[1], bytes, size, NULL, 0, false) < 0) abort();
        makes_sense = csb_lender_hear(&worker);
        while (csb_channel_receive_now(ends[1], &message, sizeof message) == 0) {
        }
        for (int image = 0; image < 2; image++)
            FUZZ_REQUIRE(
                worker.lent[image] >= 0 && worker.lent[image] <= 1 << 20, "%lld lent", (long long)worker.lent[image]);
    }
    csb_stop_lending(&worker);
    FUZZ_REQUIRE(worker.lent[0] == 0 && worker.lent[1] == 0, "something is still lent");
    csb_close_all(ends, 2);
}

// MARK: Fetching

enum { most_bytes = 123456 };
static atomic_int opened, sessions;
static char password[33], address[128]; // one that is in no input

static void make_address(void) {
    if (password[0]) return;
    uint8_t bytes[16];
    if (getentropy(bytes, sizeof bytes) < 0) abort();
    for (int i = 0; i < 16; i++) snprintf(password + 2 * i, 3, "%02x", bytes[i]);
    snprintf(address, sizeof address, "http://user:%s@host/a.mp4", password);
}

static void *begin(int64_t max_bytes) {
    FUZZ_REQUIRE(max_bytes == most_bytes, "%lld bytes", (long long)max_bytes);
    atomic_fetch_add(&sessions, 1);
    return NULL;
}

static void end(void *session) { (void)session, atomic_fetch_sub(&sessions, 1); }

static int open_address(void *session, const cfs_fetch *wanted, cfs_fetch_interrupted interrupted, void *context,
                        cfs_fetched *found, void **handle) {
    (void)session, (void)interrupted, (void)context;
    FUZZ_REQUIRE(wanted->offset >= 0 && wanted->end >= 0 && wanted->connect_ms > 0, "a request");
    // The password is for the input's own host.
    bool has_password = strstr(wanted->url, password) != NULL;
    size_t length = strlen("http://user:@host") + strlen(password);
    FUZZ_REQUIRE(
        !has_password || (strncasecmp(wanted->url, address, length) == 0 && strchr("/?#", wanted->url[length])), "%s",
        wanted->url);
    if (strchr(wanted->url, '!')) return CFS_ERROR_UNREACHABLE;
    *found = (cfs_fetched){.status = 200, .total = 100};
    snprintf(found->location, sizeof found->location, "%s", wanted->url);
    *handle = malloc(1);
    atomic_fetch_add(&opened, 1);
    return 0;
}

static int64_t read_address(void *handle, uint8_t *bytes, size_t size) {
    (void)handle;
    FUZZ_REQUIRE(size <= csb_fetch_bytes, "%zu bytes", size);
    memset(bytes, 'x', size);
    return (int64_t)size;
}

static void close_address(void *handle) { free(handle), atomic_fetch_sub(&opened, 1); }

static int resolve(const char *host, bool allow_private, cfs_fetch_interrupted interrupted, void *context,
                   char *numeric, size_t size) {
    (void)allow_private, (void)interrupted, (void)context;
    snprintf(numeric, size, "%zu", strlen(host));
    return 0;
}

static csb_fetch_request take_request(fuzz_input *input) {
    csb_fetch_request request = {.version = csb_protocol_version};
    request.type = (enum csb_fetch_type)fuzz_below(input, csb_fetch_types + 1);
    request.handle = (uint32_t)fuzz_below(input, 20);
    request.size = (uint32_t)fuzz_any_size(input);
    request.offset = fuzz_any_size(input);
    request.end = fuzz_any_size(input);
    size_t length = (size_t)fuzz_below(input, 64);
    bool is_near = fuzz_below(input, 2);
    if (length > input->size) length = input->size;
    snprintf(request.name, sizeof request.name, "%s%.*s", is_near ? "http://host" : "", (int)length,
             (const char *)input->bytes);
    input->bytes += length;
    input->size -= length;
    // libFuzzer learns it from the comparisons with it.
    if (strstr(request.name, password)) request.name[0] = 0;
    // Also one that does not end, or of another version.
    if (request.size == 77) memset(request.name, 'n', sizeof request.name);
    if (request.size == 78) request.version++;
    return request;
}

static void fetch(fuzz_input *input) {
    static const cfs_fetcher fetcher = {begin, end, open_address, read_address, close_address, resolve};
    cfs_set_fetcher(&fetcher);
    int ends[2];
    if (csb_channel_make(ends) < 0) abort();
    cfs_options options = cfs_options_default();
    make_address();
    options.input = address;
    options.max_bytes = most_bytes;
    csb_source_service *service;
    if (csb_source_service_start(ends[0], &options, &service) < 0) abort();
    int code = 0;
    static uint8_t answer[csb_fetch_head + csb_fetch_bytes];
    while (input->size > 0 && code == 0) {
        csb_fetch_request request = take_request(input);
        size_t size = request.size == 79 ? 10 : sizeof request, received = 0;
        code = csb_channel_send(ends[1], &request, size, NULL, 0, true);
        if (request.type == csb_fetch_give_up) continue;
        if (code == 0) code = csb_channel_receive_between(ends[1], answer, csb_fetch_head, sizeof answer, &received);
        const csb_fetch_reply *reply = (const csb_fetch_reply *)(const void *)answer;
        bool has_name = code == 0 && request.type != csb_fetch_read;
        FUZZ_REQUIRE(!has_name || !strstr(reply->name, password), "the password");
        // The service is done with what makes no sense.
        if (size != sizeof request) break;
    }
    csb_source_service_end(service);
    csb_close_all(ends, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static void (*const messages[])(fuzz_input *) = {
        check_samples, check_live_samples, check_media, check_stream, check_reports, check_picture, lend, fetch,
    };
    fuzz_input input = {bytes, size};
    fuzz_process before = fuzz_process_now();
    messages[fuzz_below(&input, sizeof messages / sizeof *messages)](&input);
    fuzz_process_require(before);
    FUZZ_REQUIRE(atomic_load(&opened) == 0 && atomic_load(&sessions) == 0, "something is left open");
    return 0;
}
