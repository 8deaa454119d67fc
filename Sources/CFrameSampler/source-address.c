#include "source-address.h"

#include "decrypting.h"
#include "resolving.h"

// HLS says which bytes of an address it wants.
static int64_t number(AVDictionary *options, const char *name) {
    const AVDictionaryEntry *entry = av_dict_get(options, name, NULL, 0);
    int64_t value = entry ? strtoll(entry->value, NULL, 10) : 0;
    return value > 0 ? value : 0;
}

static const char *text(AVDictionary *options, const char *name) {
    const AVDictionaryEntry *entry = av_dict_get(options, name, NULL, 0);
    return entry ? entry->value : NULL;
}

static int open_bytes(cfs_source *source, AVIOContext **io, const char *url, AVDictionary *options) {
    int64_t first = number(options, "offset"), end = number(options, "end_offset");
    if (!cfs_is_http(url)) return AVERROR(EACCES);
    if (end > 0 && end <= first) return AVERROR(EINVAL);
    return cfs_guarded_open(&source->guard, url, first, end, io);
}

static int open_encrypted(cfs_source *source, AVIOContext **io, const char *url, AVDictionary *options) {
    AVIOContext *encrypted = NULL;
    int code = open_bytes(source, &encrypted, url, options);
    if (code == 0) code = cfs_decrypting_open(encrypted, text(options, "key"), text(options, "iv"), io);
    if (code < 0) cfs_guarded_close(&encrypted);
    return code;
}

// What a playlist names goes the same way as the address itself. Other addresses only, never files.
static int open_entry(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options) {
    cfs_source *source = format->opaque;
    AVDictionary *given = options ? *options : NULL;
    const char *encrypted = NULL;
    *io = NULL;
    int code = AVERROR(EACCES);
    if (flags & AVIO_FLAG_WRITE) return code;
    if (av_strstart(url, "crypto+", &encrypted) || av_strstart(url, "crypto:", &encrypted))
        code = open_encrypted(source, io, encrypted, given);
    else code = open_bytes(source, io, url, given);
    if (code < 0) source->entry_failed = true;
    return code;
}

// A demuxer that reads on with the next segment does not tell one that broke off from one that ended.
static int close_entry(AVFormatContext *format, AVIOContext *io) {
    cfs_source *source = format->opaque;
    if (io->error < 0 && io->error != AVERROR_EOF) source->entry_failed = true;
    cfs_decrypting_close(&io);
    cfs_guarded_close(&io);
    return avio_close(io); // what DASH opened by itself
}

static int refuse_entry(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options) {
    (void)format, (void)url, (void)flags, (void)options;
    *io = NULL;
    return AVERROR(EACCES);
}

static int open_http(cfs_source *source, const cfs_options *options, AVDictionary **settings) {
    source->format->io_open = options->alone ? refuse_entry : open_entry;
    source->format->io_close2 = close_entry;
    // HLS is to keep no connections, which would bypass `io_open`.
    av_dict_set(settings, "http_persistent", "0", 0);
    // DASH opens what it names by FFmpeg's own http(s), and is taken from whoever runs this program only.
    if (options->alone) av_dict_set(settings, "protocol_whitelist", "", 0);
    else if (!options->guarded) av_dict_set(settings, "protocol_whitelist", "http,https,tcp,tls,httpproxy", 0);
    int code = cfs_guarded_open(&source->guard, options->input, 0, 0, &source->guarded_io);
    source->format->pb = source->guarded_io;
    return code;
}

// FFmpeg opens the resolved address itself, and nothing that is named behind it.
static int open_resolved(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                         AVDictionary **options) {
    cfs_source *source = format->opaque;
    *io = NULL;
    if (!source->guard.address || strcmp(url, source->guard.address) != 0) return AVERROR(EACCES);
    return source->open_unguarded(format, io, url, flags, options);
}

int cfs_source_open_address(cfs_source *source, const cfs_options *options, AVDictionary **settings) {
    source->format->opaque = source;
    if (!source->guard.fetcher) {
        source->guard = (cfs_guard){
            .interrupt = source->format->interrupt_callback,
            .trusted = !options->guarded,
            .allow_private = !options->guarded || options->allow_private,
            .live = options->live,
            .alone = options->alone,
            .open_deadline_ms = options->open_deadline_ms,
            .read_deadline_ms = options->read_deadline_ms,
            .max_bytes = options->max_bytes,
            .user_agent = options->user_agent,
            .signing = options->signing,
        };
        cfs_guarded_begin(&source->guard);
    }
    if (cfs_is_http(options->input)) return open_http(source, options, settings);
    source->open_unguarded = source->format->io_open;
    source->format->io_open = open_resolved;
    return cfs_resolving_address(&source->guard, options->input, settings);
}
