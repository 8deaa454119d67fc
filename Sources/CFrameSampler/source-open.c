// Opening a source: which containers and protocols, and whose connections.
#include "source.h"
#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { io_buffer_bytes = 64 * 1024, poll_slice_ms = 100 };

// Containers that hold all they need. Demuxers that open what an input names (concat, image sequences, SDP, subtitles with
// pictures elsewhere, playlists, scripts) are not among them, nor those whose names say where to look.
#define SELF_CONTAINED                                                                                                 \
    "aac,ac3,aiff,apng,asf,av1,avi,bmp_pipe,caf,dirac,dnxhd,dv,eac3,exr_pipe,flac,flv,gif,gif_pipe,gxf,h261,h263,"     \
    "h264,"                                                                                                            \
    "hevc,ico,ivf,j2k_pipe,jpeg_pipe,jpegls_pipe,jpegxl_pipe,kux,live_flv,m4v,matroska,mjpeg,mov,mp3,mpeg,mpegts,"     \
    "mpegvideo,mpjpeg,mxf,nut,nuv,obu,ogg,pam_pipe,pbm_pipe,pgm_pipe,png_pipe,ppm_pipe,psd_pipe,qoi_pipe,rm,tiff_"     \
    "pipe,"                                                                                                            \
    "vc1,vc1test,wav,webm,webp_pipe,webvtt,wtv,yuv4mpegpipe"

static const char file_formats[] = SELF_CONTAINED;
// What a playlist names is opened by `io_open`, which is ours; DASH goes other ways.
static const char guarded_formats[] = SELF_CONTAINED ",hls,rtsp,rtp";
static const char address_formats[] = SELF_CONTAINED ",hls,dash,rtsp,rtp";
// Of what is watched as it comes, a file may describe where that is.
static const char watched_file_formats[] = SELF_CONTAINED ",sdp";

// MARK: Descriptors: files, pipes and standard input

static int read_descriptor(void *opaque, uint8_t *buffer, int size) {
    cfs_source *source = opaque;
    for (;;) {
        if (cfs_source_should_interrupt(source)) return AVERROR_EXIT;
        struct pollfd wait = {.fd = source->fd, .events = POLLIN};
        int ready = poll(&wait, 1, poll_slice_ms);
        if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
        if (ready < 0) return AVERROR(errno);
        ssize_t count = read(source->fd, buffer, (size_t)size);
        if (count > 0) return (int)count;
        if (count == 0) return AVERROR_EOF;
        if (errno != EINTR && errno != EAGAIN) return AVERROR(errno);
    }
}

static int64_t seek_descriptor(void *opaque, int64_t offset, int whence) {
    cfs_source *source = opaque;
    if (whence == AVSEEK_SIZE) {
        struct stat status;
        return fstat(source->fd, &status) < 0 ? AVERROR(errno) : status.st_size;
    }
    off_t position = lseek(source->fd, offset, whence & ~AVSEEK_FORCE);
    return position < 0 ? AVERROR(errno) : position;
}

// Opened by hand rather than by FFmpeg's `file:` protocol, so that a name can never be taken for another protocol and
// opening a named pipe does not block.
static int open_descriptor(cfs_source *source, const cfs_options *options) {
    source->fd = options->fd;
    if (source->fd < 0) {
        source->fd = open(options->input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (source->fd < 0) return AVERROR(errno);
        source->owns_fd = true;
    }
    struct stat status;
    if (fstat(source->fd, &status) < 0) return AVERROR(errno);
    if (S_ISDIR(status.st_mode)) return CFS_ERROR_DIRECTORY;
    bool regular = S_ISREG(status.st_mode);
    if (regular && status.st_size == 0) return CFS_ERROR_EMPTY;

    uint8_t *buffer = av_malloc(io_buffer_bytes);
    if (!buffer) return AVERROR(ENOMEM);
    source->io =
        avio_alloc_context(buffer, io_buffer_bytes, 0, source, read_descriptor, NULL, regular ? seek_descriptor : NULL);
    if (!source->io) {
        av_free(buffer);
        return AVERROR(ENOMEM);
    }
    source->format->pb = source->io;
    return 0;
}

// What a local file names (playlist entries, image sequences, external tracks) is never opened: an upload must not be
// able to read another file.
static int refuse_nested_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                              AVDictionary **options) {
    (void)format, (void)url, (void)flags, (void)options;
    *io = NULL;
    return AVERROR(EACCES);
}

// MARK: Addresses

// A segment that breaks off looks like one that ends to whoever reads on with the next.
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
    source->format->opaque = source;
    if (!cfs_is_http(options->input)) {
        source->open_unguarded = source->format->io_open;
        source->format->io_open = open_resolved;
        return cfs_guarded_resolve(&source->guard, options->input, settings);
    }
    // HLS keeps no connections of its own.
    av_dict_set(settings, "http_persistent", "0", 0);
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

// FFmpeg's own http(s): for the addresses that whoever runs this program typed.
static void trust_address(cfs_source *source, const cfs_options *options, AVDictionary **settings) {
    source->format->opaque = source;
    source->open_unguarded = source->format->io_open;
    source->format->io_open = open_entry;
    source->format->io_close2 = close_entry;
    av_dict_set(settings, "http_persistent", "0", 0);
    // A playlist behind an address may name other addresses, never files.
    av_dict_set(settings, "protocol_whitelist", "http,https,tcp,tls,crypto,httpproxy", 0);
    av_dict_set_int(settings, "rw_timeout", options->read_deadline_ms * 1000, 0);
    av_dict_set(settings, "user_agent", options->user_agent, 0);
}

// Live streams: every protocol they come by, and no more time for looking at them than it takes. Some containers never say
// that all their streams are known, and FFmpeg would look for others, and at the frame rate, for as long as it may.
static void expect_live(cfs_source *source, const cfs_options *options, AVDictionary **settings) {
    enum { analysed_us = 200000, probed_bytes = 2 * 1024 * 1024 };
    source->format->max_analyze_duration = analysed_us;
    source->format->probesize = probed_bytes;
    source->format->fps_probe_size = 0;
    if (options->is_url && options->guarded) return;
    const char *protocols = options->is_url
        ? "rtmp,rtmps,rtmpt,rtmpts,rtmpe,ffrtmphttp,rtsp,rtp,udp,srt,http,https,tcp,tls,"
          "crypto,httpproxy"
        : "rtp,udp";
    av_dict_set(settings, "protocol_whitelist", protocols, 0);
    av_dict_set(settings, "rtmp_live", "live", 0);
    av_dict_set(settings, "rtsp_transport", options->udp ? "udp" : "tcp", 0);
}

// MARK: Opening

static bool is_still_format(const char *name) {
    return strstr(name, "_pipe") || strstr(name, "image2") || strcmp(name, "ico") == 0;
}

static void describe(cfs_source *source) {
    const AVStream *stream = source->stream;
    const AVCodecParameters *parameters = stream->codecpar;
    cfs_media *media = &source->media;
    media->container = source->format->iformat->name;
    media->codec = avcodec_get_name(parameters->codec_id);
    const char *pixels = av_get_pix_fmt_name((enum AVPixelFormat)parameters->format);
    media->pixel_format = pixels ? pixels : "unknown";
    media->width = parameters->width;
    media->height = parameters->height;
    media->still = is_still_format(media->container);
    media->sized = source->format->pb && avio_size(source->format->pb) > 0;
    AVRational rate = stream->avg_frame_rate;
    media->frame_rate = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    media->declared_duration_ns = -1;
    if (stream->duration > 0)
        media->declared_duration_ns = av_rescale_q(stream->duration, stream->time_base, (AVRational){1, 1000000000});
    else if (source->format->duration > 0) media->declared_duration_ns = source->format->duration * 1000;
    const int32_t *matrix = cfs_stream_display_matrix(stream);
    if (matrix) {
        double degrees = -av_display_rotation_get(matrix);
        if (!isnan(degrees)) media->rotation = (((int)lround(degrees / 90) * 90) % 360 + 360) % 360;
    }
}

static const char *formats(const cfs_options *options) {
    if (options->is_url) return options->guarded ? guarded_formats : address_formats;
    return options->live ? watched_file_formats : file_formats;
}

int cfs_source_open(cfs_source *source, const cfs_options *options) {
    source->max_bytes = options->max_bytes;
    source->read_deadline_ms = options->read_deadline_ms;
    cfs_source_set_deadline(source, options->open_deadline_ms);

    source->format = avformat_alloc_context();
    if (!source->format) return AVERROR(ENOMEM);
    source->format->interrupt_callback = (AVIOInterruptCB){.callback = cfs_source_should_interrupt, .opaque = source};
    AVDictionary *settings = NULL;
    int code = 0;
    const char *input = options->input;
    if (options->is_url && options->guarded) {
        code = open_guarded(source, options, &settings);
        if (source->guard.address) input = source->guard.address;
    } else if (options->is_url) {
        trust_address(source, options, &settings);
    } else {
        code = open_descriptor(source, options);
        // What a file is called says nothing of what it is.
        input = "";
        source->format->io_open = refuse_nested_open;
        source->format->flags |= AVFMT_FLAG_CUSTOM_IO;
        av_dict_set(&settings, "protocol_whitelist", "", 0);
    }
    av_dict_set(&settings, "format_whitelist", formats(options), 0);
    if (options->live) expect_live(source, options, &settings);
    if (code >= 0) {
        code = avformat_open_input(&source->format, input, NULL, &settings);
        if (code == AVERROR(EINVAL)) code = CFS_ERROR_REFUSED_FORMAT;
    }
    av_dict_free(&settings);
    if (code >= 0) code = avformat_find_stream_info(source->format, NULL);
    if (code >= 0) code = cfs_choose_stream(source, options);
    bool may_come = (code == CFS_ERROR_NO_VIDEO && options->live) || code == CFS_ERROR_NO_STREAM;
    if (may_come) code = cfs_look_longer(source, options);
    if (code < 0) return cfs_source_interruption(source, code);
    describe(source);
    cfs_source_list_streams(source);
    source->live = options->live;
    source->is_unsized = options->is_url && !cfs_is_http(options->input);
    source->known_streams = source->format->nb_streams;
    return 0;
}
