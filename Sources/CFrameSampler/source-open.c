#include "source-open.h"

#include "CSamplerFetch.h"
#include "clock.h"
#include "relayed.h"
#include "resolving.h"
#include "source-address.h"
#include "source-file.h"
#include "source-image.h"
#include "streams.h"
#include "turn.h"

// Containers that hold all they need: no demuxer that opens what its input names (concat, image sequences, SDP,
// subtitles with pictures elsewhere, playlists, scripts), and none that finds other files by the input's name.
#define SELF_CONTAINED                                                                                                 \
    "aac,ac3,aiff,apng,asf,av1,avi,bmp_pipe,caf,dirac,dnxhd,dv,eac3,exr_pipe,flac,flv,gif,gif_pipe,gxf,h261,h263,"     \
    "h264,hevc,ico,ivf,j2k_pipe,jpeg_pipe,jpegls_pipe,jpegxl_pipe,kux,live_flv,m4v,matroska,mjpeg,mov,mp3,mpeg,"       \
    "mpegts,mpegvideo,mpjpeg,mxf,nut,nuv,obu,ogg,pam_pipe,pbm_pipe,pgm_pipe,png_pipe,ppm_pipe,psd_pipe,qoi_pipe,rm,"   \
    "tiff_pipe,vc1,vc1test,wav,webm,webp_pipe,webvtt,wtv,yuv4mpegpipe"

static const char *formats(const cfs_options *options) {
    // HLS opens what a playlist names through `io_open`, which asks the guard; DASH does not, and needs a network itself.
    if (options->alone) return SELF_CONTAINED;
    bool takes_dash = !options->guarded && cfs_fetches_itself();
    if (options->is_url) return takes_dash ? SELF_CONTAINED ",hls,dash,rtsp,rtp" : SELF_CONTAINED ",hls,rtsp,rtp";
    // A file may describe where a live stream is.
    return options->live ? SELF_CONTAINED ",sdp" : SELF_CONTAINED;
}

// Live streams: every protocol they come by, and a short look at them. Some containers never say that all their streams
// are known, and FFmpeg would look for more, and for the frame rate, for as long as it may.
static void expect_live(cfs_source *source, const cfs_options *options, AVDictionary **settings) {
    enum { analyzed_us = 200000, probed_bytes = 2 * 1024 * 1024 };
    source->format->max_analyze_duration = analyzed_us;
    source->format->probesize = probed_bytes;
    source->format->fps_probe_size = 0;
    if (!options->is_url) av_dict_set(settings, "protocol_whitelist", "rtp,udp", 0);
    if (!options->guarded) av_dict_set(settings, "rtmp_live", "live", 0);
    av_dict_set(settings, "rtsp_transport", options->udp ? "udp" : "tcp", 0);
}

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
        media->declared_duration_ns = av_rescale_q(stream->duration, stream->time_base, cfs_nanoseconds);
    else if (source->format->duration > 0) media->declared_duration_ns = source->format->duration * 1000;
    const int32_t *matrix = cfs_stream_display_matrix(stream);
    if (matrix) media->rotation = 90 * cfs_quarter_turns(matrix);
}

// Prepares the format. `input` receives what it is to open.
static int prepare(cfs_source *source, const cfs_options *options, AVDictionary **settings, const char **input) {
    int code = options->is_url ? cfs_source_open_address(source, options, settings)
                               : cfs_source_open_file(source, options, settings);
    // The name of a file says nothing about what it is.
    *input = !options->is_url ? "" : source->guard.address ? source->guard.address : options->input;
    av_dict_set(settings, "format_whitelist", formats(options), 0);
    // Of RTSP and SDP. Over UDP each medium takes two sockets, and sound would be thrown away.
    av_dict_set(settings, "allowed_media_types", "video", 0);
    if (options->live) expect_live(source, options, settings);
    return code;
}

static int find_video(cfs_source *source, const cfs_options *options) {
    int code = avformat_find_stream_info(source->format, NULL);
    if (code >= 0) code = cfs_choose_stream(source, options);
    bool may_come = (code == CFS_ERROR_NO_VIDEO && options->live) || code == CFS_ERROR_NO_STREAM;
    return may_come ? cfs_look_longer(source, options) : code;
}

// `deadline_ns` is of the clock. Where a host has several addresses, each has a share of what is left until then.
static int open_format(cfs_source *source, const cfs_options *options, int64_t deadline_ns) {
    source->format = avformat_alloc_context();
    if (!source->format) return AVERROR(ENOMEM);
    source->format->interrupt_callback = (AVIOInterruptCB){.callback = cfs_source_should_interrupt, .opaque = source};
    AVDictionary *settings = NULL;
    const char *input;
    int code = prepare(source, options, &settings, &input);
    // An image that was taken is 1.
    if (code >= 0 && !options->live) code = cfs_source_take_image(source);
    if (code == 0) {
        int64_t left_ms = (deadline_ns - cfs_monotonic_ns()) / 1000000;
        cfs_source_set_deadline(source, FFMAX(left_ms, 1) / cfs_resolving_left(&source->guard));
        code = avformat_open_input(&source->format, input, NULL, &settings);
        if (code == AVERROR(EINVAL)) code = CFS_ERROR_REFUSED_FORMAT;
    }
    av_dict_free(&settings);
    return code;
}

// Whether it is the connection that could not be had. FFmpeg's errors of the system are small.
static bool is_no_connection(const cfs_source *source, int code) {
    return !atomic_load(&source->cancelled) && (code == AVERROR_EXIT || (code < 0 && code > -4096));
}

int cfs_source_open(cfs_source *source, const cfs_options *options) {
    if (options->relayed) return cfs_relayed_open(source, options);
    source->max_bytes = options->max_bytes;
    source->read_deadline_ms = options->read_deadline_ms;
    int64_t deadline_ns =
        options->open_deadline_ms > 0 ? cfs_monotonic_ns() + options->open_deadline_ms * 1000000 : INT64_MAX / 2;
    int code;
    cfs_source_set_deadline(source, options->open_deadline_ms);
    do code = open_format(source, options, deadline_ns);
    while (is_no_connection(source, code) && cfs_resolving_next(&source->guard));
    // Why an address could not be had says more than what a demuxer makes of it.
    if (code < 0 && source->guard.failure) code = source->guard.failure;
    if (code == 0) {
        cfs_source_set_deadline(source, FFMAX((deadline_ns - cfs_monotonic_ns()) / 1000000, 1));
        code = find_video(source, options);
    }
    // What a demuxer made of the beginning alone is not the input.
    if (code == 0 && source->guard.lost) code = source->guard.lost;
    if (code < 0) return cfs_source_interruption(source, code);
    if (source->image) return 0;
    describe(source);
    cfs_source_list_streams(source);
    source->live = options->live;
    source->is_unsized = options->is_url && !cfs_is_http(options->input);
    source->known_streams = source->format->nb_streams;
    return 0;
}
