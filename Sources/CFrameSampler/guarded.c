#include "guarded.h"

#include "io.h"

enum { skip_instead_of_reopening = 256 * 1024 };

typedef struct reading {
    const AVClass *options; // first, so that demuxers can ask for those below
    cfs_guard *guard;
    char *url, *location; // as it was given, and where its bytes came from; the same without redirects
    const char *user_agent;
    void *handle;       // the fetcher's; NULL where it could not be had
    int64_t total;      // of the resource; -1: unknown
    int64_t first, end; // what is read of it; an end of 0: all
    int64_t position;   // in the resource
    int failure;        // why there is no handle
} reading;

bool cfs_is_http(const char *url) {
    return av_strncasecmp(url, "http://", 7) == 0 || av_strncasecmp(url, "https://", 8) == 0;
}

bool cfs_guarded_interrupted(void *context) {
    cfs_guard *guard = context;
    return guard->interrupt.callback(guard->interrupt.opaque) != 0;
}

int cfs_guarded_note(cfs_guard *guard, int code) {
    if (code == CFS_ERROR_CANCELLED) return AVERROR_EXIT;
    bool is_final = code == CFS_ERROR_REFUSED_ADDRESS || code == CFS_ERROR_DEADLINE || code == CFS_ERROR_MANY_BYTES;
    if (is_final) guard->refusal = code;
    if (guard->alone && (code == CFS_ERROR_UNREACHABLE || code == AVERROR_HTTP_SERVER_ERROR)) guard->lost = code;
    return guard->failure = code;
}

// As FFmpeg's own http has it.
static int status_error(int32_t status) {
    if (status < 300) return 0;
    // One that was not followed.
    if (status < 400) return CFS_ERROR_UNREACHABLE;
    switch (status) {
    case 400: return AVERROR_HTTP_BAD_REQUEST;
    case 401: return AVERROR_HTTP_UNAUTHORIZED;
    case 403: return AVERROR_HTTP_FORBIDDEN;
    case 404: return AVERROR_HTTP_NOT_FOUND;
    // Of a server that is busy: it passes, as what begins with 5 may.
    case 429: return AVERROR_HTTP_SERVER_ERROR;
    default: return status < 500 ? AVERROR_HTTP_OTHER_4XX : AVERROR_HTTP_SERVER_ERROR;
    }
}

static void disconnect(reading *reading) {
    if (reading->handle) reading->guard->fetcher->close(reading->handle);
    reading->handle = NULL;
}

// Takes over what the headers say. 0 or an error.
static int accept_headers(reading *reading, const cfs_fetched *found) {
    int code = status_error(found->status);
    if (code < 0) return code;
    reading->total = found->total;
    const char *location = found->location[0] ? found->location : reading->url;
    if (reading->location && strcmp(reading->location, location) == 0) return 0;
    av_free(reading->location);
    reading->location = av_strdup(location);
    return reading->location ? 0 : AVERROR(ENOMEM);
}

static int connect_at(reading *reading, int64_t offset, cfs_fetched *found) {
    cfs_guard *guard = reading->guard;
    disconnect(reading);
    reading->position = offset;
    if (cfs_guarded_interrupted(guard)) return reading->failure = AVERROR_EXIT;
    cfs_fetch wanted = {
        .url = reading->url,
        .offset = offset,
        .end = reading->end,
        .allow_private = guard->allow_private,
        .connect_ms = guard->open_deadline_ms,
        .idle_ms = guard->read_deadline_ms,
        .user_agent = guard->user_agent,
        .signing = guard->signing,
    };
    int code = guard->fetcher->open(guard->session, &wanted, cfs_guarded_interrupted, guard, found, &reading->handle);
    if (code == 0) code = accept_headers(reading, found);
    if (code < 0) disconnect(reading);
    return code < 0 ? (reading->failure = cfs_guarded_note(guard, code)) : 0;
}

static int read_stream(void *opaque, uint8_t *buffer, int size) {
    reading *reading = opaque;
    if (!reading->handle) return reading->failure;
    int64_t left = reading->end > 0 ? reading->end - reading->position : size;
    if (left <= 0) return AVERROR_EOF;
    // As long as bytes come nobody else asks, neither FFmpeg nor the fetcher.
    if (cfs_guarded_interrupted(reading->guard)) return AVERROR_EXIT;
    int64_t count = reading->guard->fetcher->read(reading->handle, buffer, (size_t)(left < size ? left : size));
    if (count < 0) return cfs_guarded_note(reading->guard, (int)count);
    reading->position += count;
    return count == 0 ? AVERROR_EOF : (int)count;
}

// Where an offset is a little ahead, reading on is cheaper than another connection. 0 or an error.
static int skip_to(reading *reading, int64_t offset) {
    uint8_t skipped[16 * 1024];
    while (reading->position < offset) {
        int64_t left = offset - reading->position, most = (int64_t)sizeof skipped;
        int count = read_stream(reading, skipped, (int)(left < most ? left : most));
        if (count < 0) return count;
    }
    return 0;
}

static int64_t seek_stream(void *opaque, int64_t offset, int whence) {
    reading *reading = opaque;
    int64_t end = reading->end > 0 ? reading->end : reading->total;
    if (whence == AVSEEK_SIZE) return end < 0 ? AVERROR(ENOSYS) : end - reading->first;
    whence &= ~AVSEEK_FORCE;
    int64_t from = whence == SEEK_CUR ? reading->position : whence == SEEK_END ? end : reading->first, wanted;
    if (from < 0 || __builtin_add_overflow(from, offset, &wanted) || wanted < reading->first) return AVERROR(EINVAL);
    int64_t ahead = wanted - reading->position;
    int code = 0;
    if (ahead > 0 && ahead <= skip_instead_of_reopening) {
        code = skip_to(reading, wanted);
    } else if (ahead != 0) {
        // What is sent as it happens would begin anew.
        if (reading->guard->live && reading->total < 0) return AVERROR(ENOSYS);
        cfs_fetched found;
        code = connect_at(reading, wanted, &found);
    }
    return code < 0 ? code : wanted - reading->first;
}

static const AVOption asked_for[] = {
    {.name = "location", .offset = offsetof(reading, location), .type = AV_OPT_TYPE_STRING},
    {.name = "user_agent", .offset = offsetof(reading, user_agent), .type = AV_OPT_TYPE_STRING},
    {.name = NULL},
};

static const AVClass reading_class = {.class_name = "framesift",
                                      .item_name = av_default_item_name,
                                      .option = asked_for,
                                      .version = LIBAVUTIL_VERSION_INT};

static void *options_of(void *io, void *previous) { return previous ? NULL : ((AVIOContext *)io)->opaque; }

// Demuxers take what a playlist names to be beside `location`.
static const AVClass io_class = {.class_name = "framesift",
                                 .item_name = av_default_item_name,
                                 .version = LIBAVUTIL_VERSION_INT,
                                 .child_next = options_of};

static void free_reading(reading *reading) {
    if (!reading) return;
    disconnect(reading);
    av_free(reading->url);
    av_free(reading->location);
    av_free(reading);
}

int cfs_guarded_open(cfs_guard *guard, const char *url, int64_t first, int64_t end, AVIOContext **io) {
    *io = NULL;
    reading *made = av_mallocz(sizeof *made);
    if (!made) return AVERROR(ENOMEM);
    *made = (reading){
        .options = &reading_class,
        .guard = guard,
        .url = av_strdup(url),
        .user_agent = guard->user_agent,
        .total = -1,
        .first = first,
        .end = end,
    };
    cfs_fetched found;
    int code = made->url ? connect_at(made, first, &found) : AVERROR(ENOMEM);
    if (code == 0 && !(*io = cfs_io_open(made, read_stream, seek_stream))) code = AVERROR(ENOMEM);
    if (code < 0) {
        free_reading(made);
        return code;
    }
    (*io)->av_class = &io_class;
    // Else demuxers would look at the end first, which then has everything sent twice.
    (*io)->seekable = found.ranges ? AVIO_SEEKABLE_NORMAL : 0;
    return 0;
}

void cfs_guarded_begin(cfs_guard *guard) {
    guard->fetcher = cfs_current_fetcher();
    guard->session = guard->fetcher->begin(guard->max_bytes);
}

void cfs_guarded_end(cfs_guard *guard) {
    if (guard->fetcher) guard->fetcher->end(guard->session);
    guard->fetcher = NULL;
    av_freep(&guard->address);
}

void cfs_guarded_close(AVIOContext **io) {
    if (!*io || (*io)->read_packet != read_stream) return;
    free_reading((*io)->opaque);
    cfs_io_close(io);
}
