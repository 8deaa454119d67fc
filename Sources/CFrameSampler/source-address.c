#include "source-address.h"

// A demuxer that reads on with the next segment does not tell one that broke off from one that ended.
static void note_entry_end(AVFormatContext *format, const AVIOContext *io) {
    cfs_source *source = format->opaque;
    if (io->error < 0 && io->error != AVERROR_EOF) source->entry_failed = true;
}

// What a playlist behind a guarded address names goes the same way as the address itself.
static int open_guarded_entry(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                              AVDictionary **options) {
    (void)options;
    cfs_source *source = format->opaque;
    *io = NULL;
    if ((flags & AVIO_FLAG_WRITE) || !cfs_is_http(url)) return AVERROR(EACCES);
    return cfs_guarded_open(&source->guard, url, io);
}

// FFmpeg opens the resolved address itself, and nothing that is named behind it.
static int open_resolved(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                         AVDictionary **options) {
    cfs_source *source = format->opaque;
    *io = NULL;
    if (!source->guard.address || strcmp(url, source->guard.address) != 0) return AVERROR(EACCES);
    return source->open_unguarded(format, io, url, flags, options);
}

static int close_guarded_entry(AVFormatContext *format, AVIOContext *io) {
    note_entry_end(format, io);
    cfs_guarded_close(&io);
    return 0;
}

static int open_guarded(cfs_source *source, const cfs_options *options, AVDictionary **settings) {
    source->guard = (cfs_guard){
        .interrupt = source->format->interrupt_callback,
        .allow_private = options->allow_private,
        .open_deadline_ms = options->open_deadline_ms,
        .read_deadline_ms = options->read_deadline_ms,
        .user_agent = options->user_agent,
    };
    if (!cfs_is_http(options->input)) {
        source->open_unguarded = source->format->io_open;
        source->format->io_open = open_resolved;
        return cfs_guarded_resolve(&source->guard, options->input, settings);
    }
    source->format->io_open = open_guarded_entry;
    source->format->io_close2 = close_guarded_entry;
    int code = cfs_guarded_open(&source->guard, options->input, &source->guarded_io);
    source->format->pb = source->guarded_io;
    source->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    return code;
}

static int open_entry(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options) {
    cfs_source *source = format->opaque;
    int code = source->open_unguarded(format, io, url, flags, options);
    if (code < 0) source->entry_failed = true;
    return code;
}

static int close_entry(AVFormatContext *format, AVIOContext *io) {
    note_entry_end(format, io);
    return avio_close(io);
}

// FFmpeg's own http(s), for addresses from whoever runs this program.
static void trust_address(cfs_source *source, const cfs_options *options, AVDictionary **settings) {
    source->open_unguarded = source->format->io_open;
    source->format->io_open = open_entry;
    source->format->io_close2 = close_entry;
    // A playlist behind an address may name other addresses, never files.
    av_dict_set(settings, "protocol_whitelist", "http,https,tcp,tls,crypto,httpproxy", 0);
    av_dict_set_int(settings, "rw_timeout", options->read_deadline_ms * 1000, 0);
    av_dict_set(settings, "user_agent", options->user_agent, 0);
}

int cfs_source_open_address(cfs_source *source, const cfs_options *options, AVDictionary **settings) {
    source->format->opaque = source;
    // HLS is to keep no connections, which would bypass `io_open`.
    av_dict_set(settings, "http_persistent", "0", 0);
    if (options->guarded) return open_guarded(source, options, settings);
    trust_address(source, options, settings);
    return 0;
}
