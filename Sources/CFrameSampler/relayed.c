#include "relayed.h"

#include "memory.h"
#include "relay-format.h"
#include "source-file.h"

// The process that reads may wait as long as the deadlines say; only then has this one waited in vain.
enum { grace_ms = 5000 };

// 0; EPIPE (an AVERROR) when the other process is gone, or another error.
static int receive(cfs_source *source, void *bytes, size_t size) {
    uint8_t *at = bytes;
    while (size > 0) {
        int count = cfs_source_read_bytes(source, at, (int)FFMIN(size, 1 << 20));
        if (count == AVERROR_EOF) return AVERROR(EPIPE);
        if (count < 0) return cfs_source_interruption(source, count);
        at += count;
        size -= (size_t)count;
    }
    return 0;
}

// MARK: Opening

static int take_parameters(cfs_source *source, const relay_opening *opening) {
    AVCodecParameters *coded = source->stream->codecpar;
    coded->codec_type = AVMEDIA_TYPE_VIDEO;
    coded->codec_id = opening->codec;
    coded->codec_tag = opening->tag;
    coded->format = opening->format;
    coded->profile = opening->profile;
    coded->level = opening->level;
    coded->width = opening->width;
    coded->height = opening->height;
    coded->bits_per_coded_sample = opening->coded_bits;
    coded->bits_per_raw_sample = opening->raw_bits;
    coded->video_delay = opening->video_delay;
    coded->bit_rate = opening->bit_rate;
    coded->sample_aspect_ratio = opening->coded_aspect;
    coded->field_order = opening->fields;
    coded->color_range = opening->range;
    coded->color_primaries = opening->primaries;
    coded->color_trc = opening->transfer;
    coded->color_space = opening->space;
    coded->chroma_location = opening->chroma;
    if (opening->extra_size == 0) return 0;
    coded->extradata = av_mallocz((size_t)opening->extra_size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!coded->extradata) return AVERROR(ENOMEM);
    coded->extradata_size = opening->extra_size;
    return receive(source, coded->extradata, (size_t)opening->extra_size);
}

static int take_stream(cfs_source *source, const relay_opening *opening) {
    AVStream *stream = source->stream = avformat_new_stream(source->format, NULL);
    if (!stream) return AVERROR(ENOMEM);
    stream->time_base = opening->time_base;
    stream->avg_frame_rate = opening->average_rate;
    stream->r_frame_rate = opening->real_rate;
    stream->sample_aspect_ratio = opening->aspect;
    stream->duration = opening->duration;
    stream->nb_frames = opening->frame_count;
    stream->start_time = opening->start;
    stream->disposition = opening->disposition;
    if (cfs_flag(&opening->has_matrix)) {
        uint8_t *matrix = av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, sizeof opening->matrix);
        if (!matrix) return AVERROR(ENOMEM);
        memcpy(matrix, opening->matrix, sizeof opening->matrix);
    }
    return take_parameters(source, opening);
}

static void take_media(cfs_source *source, relay_opening *opening) {
    opening->container[sizeof opening->container - 1] = 0;
    opening->media.still = cfs_flag(&opening->media.still);
    opening->media.sized = cfs_flag(&opening->media.sized);
    source->media = opening->media;
    // Names of this process: those of the other one's lie in its memory.
    const AVInputFormat *container = av_find_input_format(opening->container);
    source->media.container = container ? container->name : "unknown";
    source->media.codec = avcodec_get_name(opening->codec);
    const char *pixels = av_get_pix_fmt_name((enum AVPixelFormat)opening->format);
    source->media.pixel_format = pixels ? pixels : "unknown";
    memcpy(source->streams, opening->streams, sizeof source->streams);
    source->stream_count = opening->stream_count;
    for (int i = 0; i < source->stream_count; i++) {
        cfs_stream *stream = &source->streams[i];
        stream->codec[sizeof stream->codec - 1] = stream->disposition[sizeof stream->disposition - 1] = 0;
    }
    source->is_unsized = cfs_flag(&opening->is_unsized);
}

static bool is_side(int side) { return side >= 0 && side <= relay_most_side; }

static bool makes_sense(const relay_opening *opening) {
    return opening->code == 0 && opening->extra_size >= 0 && opening->extra_size <= relay_extra_bytes
        && opening->time_base.num > 0 && opening->time_base.den > 0 && opening->stream_count >= 0
        && opening->stream_count <= listed_streams && is_side(opening->width) && is_side(opening->height);
}

int cfs_relayed_open(cfs_source *source, const cfs_options *options) {
    source->relayed = true;
    source->fd = options->fd;
    source->read_deadline_ms = options->read_deadline_ms + grace_ms;
    cfs_source_set_deadline(source, options->open_deadline_ms + grace_ms);
    source->format = avformat_alloc_context();
    relay_opening *opening = av_mallocz(sizeof *opening);
    int code = source->format && opening ? receive(source, opening, sizeof *opening) : AVERROR(ENOMEM);
    if (code == 0 && opening->code < 0) code = opening->code;
    if (code == 0 && !makes_sense(opening)) code = AVERROR(EPIPE);
    if (code == 0) code = take_stream(source, opening);
    if (code == 0) take_media(source, opening);
    if (code == 0 && !avcodec_find_decoder(opening->codec)) code = CFS_ERROR_NO_DECODER;
    if (code == 0 && (int64_t)opening->width * opening->height > options->max_pixels) code = CFS_ERROR_TOO_MANY_PIXELS;
    source->live = options->live;
    av_free(opening);
    return code;
}

// MARK: Packets

static int receive_sides(cfs_source *source, const relay_packet *head, AVPacket *packet) {
    for (int i = 0; i < head->side_count; i++) {
        size_t size = head->sides[i].size;
        enum AVPacketSideDataType type = head->sides[i].type;
        if (!relay_wants(type, size)) return AVERROR(EPIPE);
        uint8_t *data = av_packet_new_side_data(packet, type, size);
        int code = data ? receive(source, data, size) : AVERROR(ENOMEM);
        if (code < 0) return code;
    }
    return 0;
}

static int receive_packet(cfs_source *source, AVPacket *packet) {
    relay_packet head;
    int code = receive(source, &head, sizeof head);
    if (code < 0) return code;
    if (head.code != 1) {
        source->ended_broken = cfs_flag(&head.ended_broken);
        source->limit_reached = cfs_flag(&head.limit_reached);
        return head.code < 1 ? head.code : AVERROR(EPIPE);
    }
    bool fits = head.size >= 0 && head.size <= cfs_memory_largest_packet() && head.side_count >= 0
        && head.side_count <= relay_sides;
    code = fits ? av_new_packet(packet, head.size) : CFS_ERROR_LARGE_PACKET;
    if (code == 0) code = receive_sides(source, &head, packet);
    if (code == 0) code = receive(source, packet->data, (size_t)head.size);
    packet->pts = head.pts;
    packet->dts = head.dts;
    packet->duration = head.duration;
    packet->pos = head.position;
    packet->flags = head.flags;
    return code < 0 ? code : 1;
}

int cfs_relayed_read(cfs_source *source, AVPacket *packet) {
    cfs_source_set_deadline(source, source->read_deadline_ms);
    int code = receive_packet(source, packet);
    if (code != 1) av_packet_unref(packet);
    return code;
}
