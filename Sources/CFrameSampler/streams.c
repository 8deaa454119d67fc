// Which of an input's video streams is sampled, and which there are.
#include "streams.h"

static bool is_video(const AVStream *stream) { return stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO; }

static bool is_cover(const AVStream *stream) {
    return (stream->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) != 0;
}

static bool has_video(const AVFormatContext *format) {
    for (unsigned i = 0; i < format->nb_streams; i++)
        if (is_video(format->streams[i])) return true;
    return false;
}

// The stream that players show.
static int shown_stream(cfs_source *source) {
    bool has_cover = false;
    int best = av_find_best_stream(source->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    for (unsigned i = 0; i < source->format->nb_streams; i++) {
        AVStream *stream = source->format->streams[i];
        if (!is_video(stream)) continue;
        has_cover |= is_cover(stream);
        if (!is_cover(stream) && (!source->stream || (int)i == best)) source->stream = stream;
    }
    if (source->stream) return 0;
    return has_cover ? CFS_ERROR_COVER_ONLY : CFS_ERROR_NO_VIDEO;
}

static int numbered_stream(cfs_source *source, int number) {
    bool is_known = number >= 0 && (unsigned)number < source->format->nb_streams;
    if (!is_known || !is_video(source->format->streams[number])) return CFS_ERROR_NO_STREAM;
    source->stream = source->format->streams[number];
    return 0;
}

int cfs_choose_stream(cfs_source *source, const cfs_options *options) {
    int code = options->stream < 0 ? shown_stream(source) : numbered_stream(source, options->stream);
    if (code < 0) return code;
    for (unsigned i = 0; i < source->format->nb_streams; i++) source->format->streams[i]->discard = AVDISCARD_ALL;
    source->stream->discard = AVDISCARD_DEFAULT;

    const AVCodecParameters *parameters = source->stream->codecpar;
    if (!avcodec_find_decoder(parameters->codec_id)) return CFS_ERROR_NO_DECODER;
    if ((int64_t)parameters->width * parameters->height > options->max_pixels) return CFS_ERROR_TOO_MANY_PIXELS;
    return 0;
}

static bool is_there(const cfs_source *source, const cfs_options *options) {
    return options->stream < 0 ? has_video(source->format) : (unsigned)options->stream < source->format->nb_streams;
}

int cfs_look_longer(cfs_source *source, const cfs_options *options) {
    enum { longest_us = 5000000 };
    for (unsigned i = 0; i < source->format->nb_streams; i++) source->format->streams[i]->discard = AVDISCARD_DEFAULT;
    if (!(source->pending = av_packet_alloc())) return AVERROR(ENOMEM);
    int missing = options->stream < 0 ? CFS_ERROR_NO_VIDEO : CFS_ERROR_NO_STREAM;
    int64_t first_us = AV_NOPTS_VALUE;
    while (!is_there(source, options)) {
        if (!options->live) cfs_source_set_deadline(source, source->read_deadline_ms);
        av_packet_unref(source->pending);
        int code = av_read_frame(source->format, source->pending);
        if (code < 0) return code == AVERROR_EOF ? missing : code;
        if (!options->live || source->pending->dts == AV_NOPTS_VALUE) continue;
        AVRational unit = source->format->streams[source->pending->stream_index]->time_base;
        int64_t at_us = av_rescale_q(source->pending->dts, unit, AV_TIME_BASE_Q);
        if (first_us == AV_NOPTS_VALUE) first_us = at_us;
        if (at_us - first_us > longest_us) return missing;
    }
    return cfs_choose_stream(source, options);
}

static void list_disposition(int flags, char *text, size_t size) {
    text[0] = 0;
    for (unsigned bit = 0; bit < 31; bit++) {
        const char *word = flags >> bit & 1 ? av_disposition_to_string(1 << bit) : NULL;
        if (word) av_strlcatf(text, size, "%s%s", text[0] ? "," : "", word);
    }
}

void cfs_source_list_streams(cfs_source *source) {
    if (source->relayed) return; // it was told of them
    source->stream_count = 0;
    for (unsigned i = 0; i < source->format->nb_streams; i++) {
        const AVStream *stream = source->format->streams[i];
        if (!is_video(stream)) continue;
        int number = source->stream_count++;
        if (number >= listed_streams) continue;
        cfs_stream *listed = &source->streams[number];
        *listed = (cfs_stream){
            .index = (int32_t)i,
            .width = stream->codecpar->width,
            .height = stream->codecpar->height,
            .cover = is_cover(stream),
            .sampled = stream == source->stream,
            // HLS and DASH note a rendition's bit rate.
            .alternative = av_dict_get(stream->metadata, "variant_bitrate", NULL, 0) != NULL,
        };
        av_strlcpy(listed->codec, avcodec_get_name(stream->codecpar->codec_id), sizeof listed->codec);
        list_disposition(stream->disposition, listed->disposition, sizeof listed->disposition);
    }
}
