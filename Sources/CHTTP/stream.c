// A response body, pulled by the caller: libcurl runs only while somebody waits for bytes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing.h"

enum { wait_slice_ms = 100, most_cookies = 100 };

struct chttp_stream {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers; // of a signed request
    bool keeps_cookies;
    chttp_interrupted interrupted;
    void *context;
    chttp_gate gate;
    int64_t idle_ms, total_ms, began_ms, max_bytes, received;
    int64_t *bytes_left; // the caller's; may be NULL
    int64_t to_skip;
    int64_t total;
    bool body_began, ended;
    CURLcode result;
    bool too_large;
    size_t head, tail; // of what arrived and was not read yet
    uint8_t bytes[2 * CURL_MAX_WRITE_SIZE];
};

// MARK: Called by libcurl

// Notes the size once the body begins, since the headers of redirects come first; and whether bytes have to be skipped.
static void begin_body(chttp_stream *stream) {
    if (stream->body_began) return;
    stream->body_began = true;
    long status = 0;
    curl_off_t length = -1;
    curl_easy_getinfo(stream->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(stream->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    int64_t offset = stream->to_skip;
    if (status == 206) {
        stream->to_skip = 0;
        // A length that cannot be true counts as longer than anything.
        if (__builtin_add_overflow(offset, length, &stream->total)) stream->total = INT64_MAX;
        if (length < 0) stream->total = -1;
    } else {
        stream->total = length;
    }
}

static size_t receive(char *data, size_t unit, size_t count, void *context) {
    chttp_stream *stream = context;
    size_t size = unit * count;
    begin_body(stream);
    // Where the reader is slower than the network, libcurl keeps these bytes and offers them again.
    if (stream->tail - stream->head + size > sizeof stream->bytes) return CURL_WRITEFUNC_PAUSE;
    stream->received += (int64_t)size;
    if (stream->bytes_left) *stream->bytes_left -= (int64_t)size;
    stream->too_large = (stream->max_bytes > 0 && stream->received > stream->max_bytes)
        || (stream->bytes_left && *stream->bytes_left < 0);
    if (stream->too_large) return 0;
    size_t skip = stream->to_skip < (int64_t)size ? (size_t)stream->to_skip : size;
    stream->to_skip -= (int64_t)skip;
    size_t kept = size - skip;
    memmove(stream->bytes, stream->bytes + stream->head, stream->tail - stream->head);
    stream->tail -= stream->head;
    stream->head = 0;
    memcpy(stream->bytes + stream->tail, data + skip, kept);
    stream->tail += kept;
    return size;
}

// MARK: Waiting

static int failure(const chttp_stream *stream) {
    // Another address of the same name may have been good.
    if (stream->gate.refused && stream->result != CURLE_OK) return CHTTP_ERROR_REFUSED;
    if (stream->too_large) return CHTTP_ERROR_TOO_LARGE;
    return chttp_code(stream->result);
}

// Runs libcurl until bytes arrived (or, with `headers`, the body began) or the transfer ended. 0 or an error.
static int run_until_bytes(chttp_stream *stream, bool headers) {
    int64_t waited_since = chttp_now_ms();
    for (;;) {
        int running = 0;
        if (curl_multi_perform(stream->multi, &running) != CURLM_OK) return CHTTP_ERROR_CURL;
        int left = 0;
        for (CURLMsg *message; (message = curl_multi_info_read(stream->multi, &left));) {
            if (message->msg != CURLMSG_DONE) continue;
            stream->ended = true;
            stream->result = message->data.result;
            begin_body(stream);
        }
        // What came before the end is good, however it ended.
        if (stream->ended) return stream->tail > stream->head ? 0 : failure(stream);
        if (stream->tail > stream->head || (headers && stream->body_began)) return 0;
        if (stream->interrupted && stream->interrupted(stream->context)) return CHTTP_ERROR_CANCELLED;
        int64_t now = chttp_now_ms();
        if (now - waited_since > stream->idle_ms) return CHTTP_ERROR_DEADLINE;
        if (stream->total_ms > 0 && now - stream->began_ms > stream->total_ms) return CHTTP_ERROR_DEADLINE;
        if (curl_multi_poll(stream->multi, NULL, 0, wait_slice_ms, NULL) != CURLM_OK) return CHTTP_ERROR_CURL;
    }
}

// MARK: Cookies

chttp_cookies *chttp_cookies_create(void) {
    chttp_initialize();
    CURLSH *share = curl_share_init();
    if (share) curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    return (chttp_cookies *)share;
}

void chttp_cookies_destroy(chttp_cookies *cookies) { curl_share_cleanup((CURLSH *)cookies); }

// A server that goes on giving others is to fill no memory.
static void bound_cookies(CURL *easy) {
    struct curl_slist *cookies = NULL;
    curl_easy_getinfo(easy, CURLINFO_COOKIELIST, &cookies);
    int count = 0;
    for (const struct curl_slist *one = cookies; one; one = one->next) count++;
    curl_slist_free_all(cookies);
    if (count > most_cookies) curl_easy_setopt(easy, CURLOPT_COOKIELIST, "ALL");
}

// MARK: The stream

// A password may have an @ that whoever wrote it did not escape: the last one is what ends it. NULL when out of memory.
static char *escape_password(const char *url) {
    char *escaped = malloc(3 * strlen(url) + 1), *to = escaped;
    const char *scheme = strstr(url, "://"), *from = url, *password_end = url;
    if (!escaped) return NULL;
    const char *host = scheme ? scheme + 3 : url, *host_end = host + strcspn(host, "/?#");
    for (const char *at = host; at < host_end; at++)
        if (*at == '@') password_end = at;
    for (; *from; from++) {
        if (*from == '@' && from < password_end) to = stpcpy(to, "%40");
        else *to++ = *from;
    }
    *to = 0;
    return escaped;
}

// Spaces stay what they are until here: playlists name files as they are called. What is no URL all the same is libcurl's
// to refuse. False when out of memory.
static bool set_address(CURL *easy, const char *url, bool as_it_is) {
    if (as_it_is) return true;
    char *escaped = escape_password(url), *written = NULL;
    CURLU *parsed = curl_url();
    bool good = escaped && parsed;
    if (good && curl_url_set(parsed, CURLUPART_URL, escaped, CURLU_URLENCODE | CURLU_ALLOW_SPACE) == CURLUE_OK)
        good = curl_url_get(parsed, CURLUPART_URL, &written, 0) == CURLUE_OK;
    if (written) good = curl_easy_setopt(easy, CURLOPT_URL, written) == CURLE_OK;
    curl_free(written);
    curl_url_cleanup(parsed);
    free(escaped);
    return good;
}

static void ask_for_range(chttp_stream *stream, int64_t end) {
    // Not CURLOPT_RESUME_FROM, which fails where a server ignores ranges.
    char range[48] = "";
    int length = snprintf(range, sizeof range, "%lld-", (long long)stream->to_skip);
    if (end > 0) snprintf(range + length, sizeof range - (size_t)length, "%lld", (long long)end - 1);
    if (stream->to_skip > 0 || end > 0) curl_easy_setopt(stream->easy, CURLOPT_RANGE, range);
}

// False when out of memory.
static bool configure(chttp_stream *stream, const chttp_limits *limits) {
    CURL *easy = stream->easy;
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC | CURLAUTH_DIGEST);
    curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
    if (limits->cookies) curl_easy_setopt(easy, CURLOPT_SHARE, (CURLSH *)limits->cookies);
    stream->keeps_cookies = limits->cookies != NULL;
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, limits->max_redirects > 0 ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)limits->max_redirects);
    chttp_guard(easy, &stream->gate);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, stream);
    // With a proxy, the proxy's address would be checked instead.
    if (!limits->allow_private) curl_easy_setopt(easy, CURLOPT_PROXY, "");
    ask_for_range(stream, limits->end);
    if (!limits->signing) return true;
    bool good = chttp_sign(easy, limits->signing, &stream->headers);
    if (stream->headers) curl_easy_setopt(easy, CURLOPT_HTTPHEADER, stream->headers);
    return good;
}

int chttp_stream_open(const char *url, int64_t offset, const chttp_limits *limits, chttp_interrupted interrupted,
                      void *context, chttp_stream **result) {
    chttp_initialize();
    *result = NULL;
    chttp_stream *stream = calloc(1, sizeof *stream);
    if (!stream) return CHTTP_ERROR_MEMORY;
    *stream = (chttp_stream){
        .interrupted = interrupted,
        .context = context,
        .gate = {.allow_private = limits->allow_private},
        .idle_ms = limits->connect_ms + limits->idle_ms,
        .total_ms = limits->total_ms,
        .began_ms = chttp_now_ms(),
        .max_bytes = limits->max_bytes,
        .bytes_left = limits->bytes_left,
        .to_skip = offset,
        .total = -1,
        .multi = curl_multi_init(),
        .easy = chttp_easy(url, limits->user_agent, limits->connect_ms),
    };
    int code = CHTTP_ERROR_MEMORY;
    if (stream->multi && stream->easy && set_address(stream->easy, url, limits->signing != NULL)
        && configure(stream, limits))
        code = curl_multi_add_handle(stream->multi, stream->easy) == CURLM_OK ? 0 : CHTTP_ERROR_CURL;
    if (code == 0) code = run_until_bytes(stream, true);
    stream->idle_ms = limits->idle_ms;
    if (code < 0) {
        chttp_stream_close(stream);
        return code;
    }
    *result = stream;
    return 0;
}

int64_t chttp_stream_read(chttp_stream *stream, uint8_t *bytes, size_t size) {
    if (stream->tail == stream->head && !stream->ended) {
        curl_easy_pause(stream->easy, CURLPAUSE_CONT);
        int code = run_until_bytes(stream, false);
        if (code < 0) return code;
    }
    size_t count = stream->tail - stream->head;
    if (count == 0) return failure(stream);
    if (count > size) count = size;
    memcpy(bytes, stream->bytes + stream->head, count);
    stream->head += count;
    return (int64_t)count;
}

int32_t chttp_stream_status(const chttp_stream *stream) {
    long status = 0;
    curl_easy_getinfo(stream->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int32_t)status;
}

int64_t chttp_stream_total(const chttp_stream *stream) { return stream->total; }

const char *chttp_stream_header(const chttp_stream *stream, const char *name) {
    return chttp_header(stream->easy, name);
}

bool chttp_stream_has_ranges(const chttp_stream *stream) {
    if (chttp_stream_status(stream) == 206) return true;
    const char *unit = chttp_stream_header(stream, "Accept-Ranges");
    return unit && strcmp(unit, "bytes") == 0;
}

const char *chttp_stream_location(const chttp_stream *stream) {
    const char *url = NULL;
    curl_easy_getinfo(stream->easy, CURLINFO_EFFECTIVE_URL, &url);
    return url ? url : "";
}

void chttp_stream_close(chttp_stream *stream) {
    if (!stream) return;
    if (stream->multi && stream->easy) curl_multi_remove_handle(stream->multi, stream->easy);
    if (stream->keeps_cookies) bound_cookies(stream->easy);
    curl_easy_cleanup(stream->easy);
    curl_slist_free_all(stream->headers);
    curl_multi_cleanup(stream->multi);
    free(stream);
}
