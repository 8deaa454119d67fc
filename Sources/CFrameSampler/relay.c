#include "CSamplerRelay.h"

#include <errno.h>
#include <unistd.h>

#include "relay-format.h"
#include "source-open.h"
#include "source-read.h"
#include "streams.h"

// False once nobody takes it.
static bool send_bytes(int channel, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    while (size > 0) {
        ssize_t count = write(channel, at, size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        at += count;
        size -= (size_t)count;
    }
    return true;
}

static relay_opening describe(const cfs_source *source) {
    const AVStream *stream = source->stream;
    const AVCodecParameters *coded = stream->codecpar;
    relay_opening opening = {
        .media = source->media,
        .stream_count = FFMIN(source->stream_count, listed_streams),
        .is_unsized = source->is_unsized,
        .time_base = stream->time_base,
        .average_rate = stream->avg_frame_rate,
        .real_rate = stream->r_frame_rate,
        .aspect = stream->sample_aspect_ratio,
        .duration = stream->duration,
        .frame_count = stream->nb_frames,
        .start = stream->start_time,
        .disposition = stream->disposition,
        .codec = coded->codec_id,
        .tag = coded->codec_tag,
        .format = coded->format,
        .profile = coded->profile,
        .level = coded->level,
        .width = coded->width,
        .height = coded->height,
        .coded_bits = coded->bits_per_coded_sample,
        .raw_bits = coded->bits_per_raw_sample,
        .video_delay = coded->video_delay,
        .bit_rate = coded->bit_rate,
        .coded_aspect = coded->sample_aspect_ratio,
        .fields = coded->field_order,
        .range = coded->color_range,
        .primaries = coded->color_primaries,
        .transfer = coded->color_trc,
        .space = coded->color_space,
        .chroma = coded->chroma_location,
        .extra_size = FFMIN(coded->extradata_size, relay_extra_bytes),
    };
    av_strlcpy(opening.container, source->media.container, sizeof opening.container);
    memcpy(opening.streams, source->streams, sizeof opening.streams);
    const int32_t *matrix = cfs_stream_display_matrix(stream);
    opening.has_matrix = matrix != NULL;
    if (matrix) memcpy(opening.matrix, matrix, sizeof opening.matrix);
    return opening;
}

static bool send_packet(int channel, const AVPacket *packet) {
    relay_packet head = {
        .code = 1,
        .pts = packet->pts,
        .dts = packet->dts,
        .duration = packet->duration,
        .position = packet->pos,
        .flags = packet->flags,
        .size = packet->size,
    };
    const AVPacketSideData *sides[relay_sides];
    for (int i = 0; i < packet->side_data_elems && head.side_count < relay_sides; i++) {
        const AVPacketSideData *side = &packet->side_data[i];
        if (!relay_wants(side->type, side->size)) continue;
        head.sides[head.side_count].type = side->type;
        head.sides[head.side_count].size = side->size;
        sides[head.side_count++] = side;
    }
    bool sent = send_bytes(channel, &head, sizeof head);
    for (int i = 0; i < head.side_count && sent; i++) sent = send_bytes(channel, sides[i]->data, sides[i]->size);
    return sent && send_bytes(channel, packet->data, (size_t)packet->size);
}

static void send_all(cfs_source *source, int channel) {
    AVPacket *packet = av_packet_alloc();
    int code = packet ? 1 : AVERROR(ENOMEM);
    bool sent = true;
    while (code == 1 && sent) {
        code = cfs_source_read(source, packet);
        if (code == 1) sent = send_packet(channel, packet);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    relay_packet end = {.code = code, .ended_broken = source->ended_broken, .limit_reached = source->limit_reached};
    if (sent) send_bytes(channel, &end, sizeof end);
}

void cfs_relay(const cfs_options *options, int channel) {
    av_log_set_level(AV_LOG_QUIET);
    cfs_source source;
    cfs_source_init(&source);
    relay_opening opening = {.code = cfs_source_open(&source, options)};
    if (opening.code >= 0) opening = describe(&source);
    const uint8_t *extra = opening.extra_size > 0 ? source.stream->codecpar->extradata : NULL;
    bool sent = send_bytes(channel, &opening, sizeof opening) && send_bytes(channel, extra, (size_t)opening.extra_size);
    if (sent && opening.code >= 0) send_all(&source, channel);
    cfs_source_close(&source);
}
