#include "source-read.h"

#include "ending.h"
#include "memory.h"
#include "png.h"
#include "relayed.h"

// Whether the video of a live input goes on in another stream, such as one of another codec.
static bool is_new_video(const cfs_source *source, const AVPacket *packet) {
    unsigned index = (unsigned)packet->stream_index;
    return source->live && index >= source->known_streams
        && source->format->streams[index]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
}

static int read_next(cfs_source *source, AVPacket *packet) {
    if (!source->pending || !source->pending->buf) return av_read_frame(source->format, packet);
    av_packet_move_ref(packet, source->pending);
    return 0;
}

static int without_text(AVPacket *packet, enum AVCodecID codec) {
    if (codec != AV_CODEC_ID_PNG && codec != AV_CODEC_ID_APNG) return 0;
    int code = av_packet_make_writable(packet);
    if (code >= 0) av_shrink_packet(packet, (int)cfs_png_without_text(packet->data, (size_t)packet->size));
    return code;
}

// Timestamps are what a sender claims. Those beyond 95 years, in time or in units, become none, so that sums and
// differences of the others do not overflow.
static void bound_timestamps(AVPacket *packet, AVRational time_base) {
    static const int64_t most = 3000000000000000000;
    int64_t bound = av_rescale_q(most, cfs_nanoseconds, time_base);
    if (bound <= 0 || bound > most) bound = most;
    if (packet->pts < -bound || packet->pts > bound) packet->pts = AV_NOPTS_VALUE;
    if (packet->dts < -bound || packet->dts > bound) packet->dts = AV_NOPTS_VALUE;
    if (packet->duration < 0 || packet->duration > bound) packet->duration = 0;
}

static bool ends_early(const cfs_source *source) {
    if (source->is_unsized) return false;
    if (source->entry_failed && !source->live) return true;
    int file = source->io ? source->fd : -1;
    return cfs_ends_early(source->format, source->stream, file, source->first_packet);
}

// After a read that failed: 0 where the input ended, or why it was interrupted.
static int end_reading(cfs_source *source, int code) {
    int stopped = cfs_source_interruption(source, 0);
    source->limit_reached = stopped == CFS_ERROR_MANY_BYTES;
    if (stopped) return source->limit_reached ? 0 : stopped;
    // Such streams end when the other side closes the connection, for which FFmpeg has EIO.
    bool is_closed = source->is_unsized && !source->live && code == AVERROR(EIO);
    if ((code != AVERROR_EOF && !is_closed) || ends_early(source)) source->ended_broken = true;
    return 0;
}

// Makes a packet of the video fit to be handed on, and counts it. 1 or an error.
static int accept(cfs_source *source, AVPacket *packet) {
    if (packet->size > cfs_memory_largest_packet()) {
        av_packet_unref(packet);
        return CFS_ERROR_LARGE_PACKET;
    }
    int code = without_text(packet, source->stream->codecpar->codec_id);
    if (code < 0) return code;
    bound_timestamps(packet, source->stream->time_base);
    if (source->packets_read == 0) source->first_packet = packet->pos;
    source->packets_read++;
    source->bytes_read += packet->size;
    source->ended_broken = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
    return 1;
}

int cfs_source_read(cfs_source *source, AVPacket *packet) {
    enum { again_us = 5000 };
    if (source->relayed) {
        int code = cfs_relayed_read(source, packet);
        return code == 1 ? accept(source, packet) : code;
    }
    bool again = false;
    for (;;) {
        source->limit_reached = source->max_bytes > 0 && source->bytes_read >= source->max_bytes;
        if (source->limit_reached) return 0;
        if (!again) cfs_source_set_deadline(source, source->read_deadline_ms);
        int code = read_next(source, packet);
        again = code == AVERROR(EAGAIN);
        if (again) {
            // Some demuxers return this instead of waiting.
            if (cfs_source_should_interrupt(source)) return cfs_source_interruption(source, CFS_ERROR_CANCELLED);
            av_usleep(again_us);
            continue;
        }
        if (source->guard.lost) {
            // Demuxers read on behind what could not be had: a hole that nobody would see.
            av_packet_unref(packet);
            return cfs_source_interruption(source, source->guard.lost);
        }
        if (code < 0) return end_reading(source, code);
        if (packet->stream_index == source->stream->index) return accept(source, packet);
        bool has_moved = is_new_video(source, packet);
        av_packet_unref(packet);
        if (has_moved) return CFS_ERROR_STREAM_CHANGED;
    }
}

// Only the video stream's own figures count: a container's duration covers its audio too.
bool cfs_source_truncated(const cfs_source *source, int64_t measured_ns) {
    if (source->ended_broken) return true;
    if (source->media.still) return false;
    bool own_duration = source->stream->duration > 0 || source->format->nb_streams == 1;
    int64_t declared = source->media.declared_duration_ns;
    if (!own_duration || declared < 0 || measured_ns < 0) return false;
    // The index of an mp4 counts its samples, so a tenth of a second tells. Other headers round.
    bool indexed = strstr(source->media.container, "mp4") && source->packets_read < source->stream->nb_frames;
    int64_t slack = indexed ? 100000000 : declared / 50 > 1000000000 ? declared / 50 : 1000000000;
    return measured_ns + slack < declared;
}
