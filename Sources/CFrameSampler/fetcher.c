#include "CSamplerFetch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CHTTP.h"
#include "CSamplerBase.h"
#include "ffmpeg.h"

enum { max_redirects = 8, most_tries = 4, first_wait_ms = 500, wait_slice_ms = 50 };

static int translate(int code) {
    switch (code) {
    case 0: return 0;
    case CHTTP_ERROR_CANCELLED: return CFS_ERROR_CANCELLED;
    case CHTTP_ERROR_MEMORY: return AVERROR(ENOMEM);
    case CHTTP_ERROR_REFUSED: return CFS_ERROR_REFUSED_ADDRESS;
    case CHTTP_ERROR_DEADLINE: return CFS_ERROR_DEADLINE;
    case CHTTP_ERROR_CERTIFICATE: return CFS_ERROR_CERTIFICATE;
    case CHTTP_ERROR_TOO_LARGE: return CFS_ERROR_MANY_BYTES;
    default: return CFS_ERROR_UNREACHABLE;
    }
}

typedef struct fetching {
    chttp_cookies *cookies;
    bool is_limited;
    int64_t bytes_left;
} fetching;

// Of bodies, for a video of `max_bytes`.
static int64_t allowed_bytes(int64_t max_bytes) {
    static const int64_t besides = 64 << 20;
    return max_bytes > (INT64_MAX - besides) / 2 ? INT64_MAX : 2 * max_bytes + besides;
}

// What was opened, and what it takes to open it again where it broke off.
typedef struct transfer {
    chttp_stream *stream; // NULL where it could not be had again
    fetching *session;
    cfs_fetch wanted; // from the next byte on
    char *url, *agent, *etag;
    int64_t total;
    cfs_fetch_interrupted interrupted;
    void *context;
} transfer;

static void close_transfer(void *handle) {
    transfer *transfer = handle;
    chttp_stream_close(transfer->stream);
    free(transfer->url);
    free(transfer->agent);
    free(transfer->etag);
    free(transfer);
}

static void *begin_session(int64_t max_bytes) {
    fetching *session = calloc(1, sizeof *session);
    if (!session) return NULL;
    session->cookies = chttp_cookies_create();
    session->is_limited = max_bytes > 0;
    session->bytes_left = allowed_bytes(max_bytes);
    return session;
}

static void end_session(void *context) {
    fetching *session = context;
    if (!session) return;
    chttp_cookies_destroy(session->cookies);
    free(session);
}

static int open_once(fetching *session, const cfs_fetch *wanted, cfs_fetch_interrupted interrupted, void *context,
                     cfs_fetched *found, chttp_stream **stream) {
    *stream = NULL;
    if (session->is_limited && session->bytes_left <= 0) return CFS_ERROR_MANY_BYTES;
    chttp_limits limits = {
        .allow_private = wanted->allow_private,
        .connect_ms = wanted->connect_ms,
        .idle_ms = wanted->idle_ms,
        .bytes_left = session->is_limited ? &session->bytes_left : NULL,
        .end = wanted->end,
        .max_redirects = max_redirects,
        .user_agent = wanted->user_agent,
        .cookies = session->cookies,
        .signing = wanted->signing,
    };
    int code = chttp_stream_open(wanted->url, wanted->offset, &limits, interrupted, context, stream);
    if (code < 0) return translate(code);
    found->status = chttp_stream_status(*stream);
    found->total = chttp_stream_total(*stream);
    found->ranges = chttp_stream_has_ranges(*stream);
    if (av_strlcpy(found->location, chttp_stream_location(*stream), sizeof found->location) >= sizeof found->location)
        found->location[0] = 0;
    return 0;
}

// False when it is interrupted.
static bool wait(int64_t ms, cfs_fetch_interrupted interrupted, void *context) {
    for (; ms > 0; ms -= wait_slice_ms) {
        if (interrupted(context)) return false;
        nanosleep(&(struct timespec){.tv_nsec = wait_slice_ms * 1000000L}, NULL);
    }
    return true;
}

static bool may_pass(int code, const cfs_fetched *found) {
    return code == 0 ? found->status == 429 || found->status >= 500 : code == CFS_ERROR_UNREACHABLE;
}

// Object storage, which is what signed requests are for, refuses now and then as a matter of course.
static int open_patiently(fetching *session, const cfs_fetch *wanted, cfs_fetch_interrupted interrupted, void *context,
                          cfs_fetched *found, chttp_stream **stream) {
    int code = open_once(session, wanted, interrupted, context, found, stream), tries = 1;
    for (int64_t ms = first_wait_ms; wanted->signing && may_pass(code, found) && tries < most_tries; tries++, ms *= 2) {
        chttp_stream_close(*stream);
        *stream = NULL;
        if (!wait(ms, interrupted, context)) return CFS_ERROR_CANCELLED;
        code = open_once(session, wanted, interrupted, context, found, stream);
    }
    return code;
}

static char *copy(const char *text) { return text ? strdup(text) : NULL; }

static int open_transfer(void *session, const cfs_fetch *wanted, cfs_fetch_interrupted interrupted, void *context,
                         cfs_fetched *found, void **handle) {
    *handle = NULL;
    transfer *made = session ? calloc(1, sizeof *made) : NULL;
    if (!made) return AVERROR(ENOMEM);
    *made = (transfer){
        .session = session,
        .wanted = *wanted,
        .url = copy(wanted->url),
        .agent = copy(wanted->user_agent),
        .interrupted = interrupted,
        .context = context,
    };
    made->wanted.url = made->url;
    made->wanted.user_agent = made->agent;
    int code = made->url && made->agent
        ? open_patiently(session, &made->wanted, interrupted, context, found, &made->stream)
        : AVERROR(ENOMEM);
    if (code < 0) {
        close_transfer(made);
        return code;
    }
    made->total = found->total;
    made->etag = copy(chttp_stream_header(made->stream, "ETag"));
    *handle = made;
    return 0;
}

// Goes on where the bytes broke off, unless there is something else there now. 0 or an error.
static int open_again(transfer *transfer) {
    chttp_stream_close(transfer->stream);
    transfer->stream = NULL;
    cfs_fetched found;
    int code = open_patiently(
        transfer->session, &transfer->wanted, transfer->interrupted, transfer->context, &found, &transfer->stream);
    if (code < 0) return code;
    const char *etag = chttp_stream_header(transfer->stream, "ETag");
    bool is_same = found.total == transfer->total && etag && transfer->etag && strcmp(etag, transfer->etag) == 0;
    if ((found.status == 206 || found.status == 200) && is_same) return 0;
    chttp_stream_close(transfer->stream);
    transfer->stream = NULL;
    return CFS_ERROR_UNREACHABLE;
}

static int64_t read_once(transfer *transfer, uint8_t *bytes, size_t size) {
    if (!transfer->stream) return CFS_ERROR_UNREACHABLE;
    int64_t count = chttp_stream_read(transfer->stream, bytes, size);
    return count < 0 ? translate((int)count) : count;
}

static int64_t read_transfer(void *handle, uint8_t *bytes, size_t size) {
    transfer *transfer = handle;
    int64_t count = read_once(transfer, bytes, size);
    for (int tries = 1; transfer->wanted.signing && count == CFS_ERROR_UNREACHABLE && tries < most_tries; tries++) {
        int code = open_again(transfer);
        if (code < 0) return code;
        count = read_once(transfer, bytes, size);
    }
    if (count > 0) transfer->wanted.offset += count;
    return count;
}

static int resolve(const char *host, bool allow_private, cfs_fetch_interrupted interrupted, void *context,
                   char *numeric, size_t size) {
    return translate(chttp_resolve(host, allow_private, interrupted, context, numeric, size));
}

static const cfs_fetcher by_libcurl = {
    .begin = begin_session,
    .end = end_session,
    .open = open_transfer,
    .read = read_transfer,
    .close = close_transfer,
    .resolve = resolve,
};

static _Atomic(const cfs_fetcher *) current = &by_libcurl;

void cfs_set_fetcher(const cfs_fetcher *fetcher) { atomic_store(&current, fetcher); }

bool cfs_fetches_itself(void) { return atomic_load(&current) == &by_libcurl; }

const cfs_fetcher *cfs_current_fetcher(void) { return atomic_load(&current); }
