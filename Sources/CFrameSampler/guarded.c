#include "guarded.h"

#include "CHTTP.h"
#include "io.h"

enum { max_redirects = 5, skip_instead_of_reopening = 256 * 1024 };

typedef struct reading {
    cfs_guard *guard;
    char *url;
    chttp_stream *stream;
    int64_t position;
} reading;

bool cfs_is_http(const char *url) {
    return av_strncasecmp(url, "http://", 7) == 0 || av_strncasecmp(url, "https://", 8) == 0;
}

static bool interrupted(void *context) {
    cfs_guard *guard = context;
    return guard->interrupt.callback(guard->interrupt.opaque) != 0;
}

static int translate(cfs_guard *guard, int code) {
    switch (code) {
    case CHTTP_ERROR_CANCELLED: return AVERROR_EXIT;
    case CHTTP_ERROR_MEMORY: return AVERROR(ENOMEM);
    case CHTTP_ERROR_REFUSED: return guard->refusal = CFS_ERROR_REFUSED_ADDRESS;
    case CHTTP_ERROR_DEADLINE: return guard->refusal = CFS_ERROR_DEADLINE;
    default: return guard->refusal = CFS_ERROR_UNREACHABLE;
    }
}

// MARK: http(s)

static int connect_at(reading *reading, int64_t offset) {
    cfs_guard *guard = reading->guard;
    chttp_stream_close(reading->stream);
    reading->stream = NULL;
    reading->position = offset;
    chttp_limits limits = {
        .allow_private = guard->allow_private,
        .connect_ms = guard->open_deadline_ms,
        .idle_ms = guard->read_deadline_ms,
        .max_redirects = max_redirects,
        .user_agent = guard->user_agent,
    };
    int code = chttp_stream_open(reading->url, offset, &limits, interrupted, guard, &reading->stream);
    if (code < 0) return translate(guard, code);
    return chttp_stream_status(reading->stream) < 400 ? 0 : (guard->refusal = CFS_ERROR_UNREACHABLE);
}

static int read_stream(void *opaque, uint8_t *buffer, int size) {
    reading *reading = opaque;
    if (!reading->stream) return AVERROR_EOF;
    int64_t count = chttp_stream_read(reading->stream, buffer, (size_t)size);
    if (count < 0) return translate(reading->guard, (int)count);
    reading->position += count;
    return count == 0 ? AVERROR_EOF : (int)count;
}

static int64_t seek_stream(void *opaque, int64_t offset, int whence) {
    reading *reading = opaque;
    int64_t total = reading->stream ? chttp_stream_total(reading->stream) : -1;
    if (whence == AVSEEK_SIZE) return total < 0 ? AVERROR(ENOSYS) : total;
    if (whence == SEEK_CUR) offset += reading->position;
    if (whence == SEEK_END) offset = total < 0 ? -1 : total + offset;
    if (offset < 0) return AVERROR(EINVAL);
    if (offset == reading->position) return offset;
    // Where the offset is a little ahead, reading on is cheaper than another connection.
    uint8_t skipped[16 * 1024];
    while (offset > reading->position && offset - reading->position <= skip_instead_of_reopening) {
        int64_t left = offset - reading->position;
        int count =
            read_stream(reading, skipped, (int)(left < (int64_t)sizeof skipped ? left : (int64_t)sizeof skipped));
        if (count < 0) return count;
    }
    if (offset == reading->position) return offset;
    int code = connect_at(reading, offset);
    return code < 0 ? code : offset;
}

static void free_reading(reading *reading) {
    if (!reading) return;
    chttp_stream_close(reading->stream);
    av_free(reading->url);
    av_free(reading);
}

int cfs_guarded_open(cfs_guard *guard, const char *url, AVIOContext **io) {
    *io = NULL;
    reading *made = av_mallocz(sizeof *made);
    if (made) *made = (reading){.guard = guard, .url = av_strdup(url)};
    int code = made && made->url ? connect_at(made, 0) : AVERROR(ENOMEM);
    if (code == 0 && (*io = cfs_io_open(made, read_stream, seek_stream))) return 0;
    free_reading(made);
    return code < 0 ? code : AVERROR(ENOMEM);
}

void cfs_guarded_close(AVIOContext **io) {
    if (!*io) return;
    free_reading((*io)->opaque);
    cfs_io_close(io);
}

// MARK: Protocols that FFmpeg opens

static const struct {
    const char *scheme, *whitelist;
} protocols[] = {{"rtmp", "rtmp,tcp"}, {"rtsp", "rtsp,tcp,rtp,udp"}, {"srt", "srt"}, {"rtp", "rtp,udp"}};

int cfs_guarded_resolve(cfs_guard *guard, const char *url, AVDictionary **settings) {
    char scheme[16], credentials[256], host[256], path[2048], numeric[128], address[2600];
    int port = -1;
    av_url_split(
        scheme, sizeof scheme, credentials, sizeof credentials, host, sizeof host, &port, path, sizeof path, url);
    const char *whitelist = NULL;
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (av_strcasecmp(scheme, protocols[i].scheme) == 0) whitelist = protocols[i].whitelist;
    if (!whitelist || !host[0]) return guard->refusal = CFS_ERROR_UNREACHABLE;
    int code = chttp_resolve(host, guard->allow_private, interrupted, guard, numeric, sizeof numeric);
    if (code < 0) return translate(guard, code);

    av_dict_set(settings, "protocol_whitelist", whitelist, 0);
    if (av_strcasecmp(scheme, "rtsp") == 0) av_dict_set(settings, "rtsp_transport", "tcp", 0);
    // A query could make SRT listen, read keys from files or bind elsewhere.
    if (av_strcasecmp(scheme, "srt") == 0 || av_strcasecmp(scheme, "rtp") == 0) path[strcspn(path, "?")] = 0;
    const char *open = strchr(numeric, ':') ? "[" : "", *close = *open ? "]" : "";
    char colon_port[16] = "";
    if (port >= 0) snprintf(colon_port, sizeof colon_port, ":%d", port);
    if (av_strcasecmp(scheme, "rtmp") == 0) {
        // A server may tell its tenants apart by the name of the host, so it gets that as it was given.
        const char *slash = path[0] ? strchr(path + 1, '/') : NULL;
        snprintf(
            address, sizeof address, "rtmp://%s%s%.*s", host, colon_port, slash ? (int)(slash - path) : 2048, path);
        av_dict_set(settings, "rtmp_tcurl", address, 0);
    }
    snprintf(address, sizeof address, "%s://%s%s%s%s%s%s%s", scheme, credentials, credentials[0] ? "@" : "", open,
             numeric, close, colon_port, path);
    av_freep(&guard->address);
    guard->address = av_strdup(address);
    return guard->address ? 0 : AVERROR(ENOMEM);
}
