// The one place that includes FFmpeg and knows where its releases differ.
#pragma once

#include <stdbool.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/aes.h>
#include <libavutil/avstring.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libavutil/time.h>
#include <libswscale/swscale.h>

static const AVRational cfs_nanoseconds = {1, 1000000000};

// Pictures a second, on average or else as the container counts them; numerator 0 when unknown.
static inline AVRational cfs_stream_rate(const AVStream *stream) {
    return stream->avg_frame_rate.num > 0 ? stream->avg_frame_rate : stream->r_frame_rate;
}

// FFmpeg 6.1 moved stream side data (rotation lives there) to the codec parameters.
static inline const int32_t *cfs_stream_display_matrix(const AVStream *stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    const AVPacketSideData *data = av_packet_side_data_get(
        stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    return data && data->size >= 9 * sizeof(int32_t) ? (const int32_t *)data->data : NULL;
#else
    size_t size = 0;
    const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)data : NULL;
#endif
}

// FFmpeg 6.0 renamed AVFrame.pkt_duration.
static inline int64_t cfs_frame_duration(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    return frame->duration;
#else
    return frame->pkt_duration;
#endif
}

static inline void cfs_frame_set_duration(AVFrame *frame, int64_t duration) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    frame->duration = duration;
#else
    frame->pkt_duration = duration;
#endif
}

// FFmpeg 6.1 turned interlaced_frame into a flag.
static inline bool cfs_frame_interlaced(const AVFrame *frame) {
#ifdef AV_FRAME_FLAG_INTERLACED
    return (frame->flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
    return frame->interlaced_frame != 0;
#endif
}

// Likewise top_field_first.
static inline bool cfs_frame_top_field_first(const AVFrame *frame) {
#ifdef AV_FRAME_FLAG_TOP_FIELD_FIRST
    return (frame->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0;
#else
    return frame->top_field_first != 0;
#endif
}

// A decoder carries a number from each packet to the picture it becomes: AVPacket.opaque since FFmpeg 6.0,
// reordered_opaque (removed in 7.0) before.
#ifdef AV_CODEC_FLAG_COPY_OPAQUE
#define CFS_COPY_OPAQUE_FLAG AV_CODEC_FLAG_COPY_OPAQUE
static inline void cfs_tag_packet(AVCodecContext *context, AVPacket *packet, int64_t tag) {
    (void)context;
    packet->opaque = (void *)(intptr_t)tag;
}
static inline int64_t cfs_frame_tag(const AVFrame *frame) { return (int64_t)(intptr_t)frame->opaque; }
#else
#define CFS_COPY_OPAQUE_FLAG 0
static inline void cfs_tag_packet(AVCodecContext *context, AVPacket *packet, int64_t tag) {
    (void)packet;
    context->reordered_opaque = tag;
}
static inline int64_t cfs_frame_tag(const AVFrame *frame) { return frame->reordered_opaque; }
#endif
