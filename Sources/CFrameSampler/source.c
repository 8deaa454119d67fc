#include "source.h"
#include "ending.h"
#include "memory.h"
#include "png.h"
#include "streams.h"

#include <time.h>
#include <unistd.h>

int64_t cfs_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void cfs_source_set_deadline(cfs_source *source, int64_t ms) {
    atomic_store(&source->expired, false);
    atomic_store(&source->deadline_ns, ms > 0 ? cfs_monotonic_ns() + ms * 1000000 : 0);
}

// RTSP servers may send a client elsewhere, and FFmpeg goes there by itself; but it asks here before it sends a byte.
static bool was_redirected(cfs_source *source) {
    if (!source->guard.address || !source->format || !source->format->url) return false;
    if (strcmp(source->guard.address, source->format->url) == 0) return false;
    source->guard.refusal = CFS_ERROR_REFUSED_ADDRESS;
    return true;
}

// Called by FFmpeg whenever it waits: two atomic reads and, with a deadline, the clock.
int cfs_source_should_interrupt(void *opaque) {
    cfs_source *source = opaque;
    if (atomic_load_explicit(&source->cancelled, memory_order_relaxed)) return 1;
    if (was_redirected(source)) return 1;
    int64_t deadline = atomic_load_explicit(&source->deadline_ns, memory_order_relaxed);
    if (deadline == 0 || cfs_monotonic_ns() < deadline) return 0;
    atomic_store(&source->expired, true);
    return 1;
}

int cfs_source_interruption(const cfs_source *source, int otherwise) {
    if (atomic_load(&source->cancelled)) return CFS_ERROR_CANCELLED;
    if (atomic_load(&source->expired)) return CFS_ERROR_DEADLINE;
    if (source->guard.refusal) return source->guard.refusal;
    return otherwise;
}

void cfs_source_init(cfs_source *source) {
    memset(source, 0, sizeof *source);
    source->fd = -1;
    source->first_packet = -1;
}

// MARK: Reading

// A live input may go on with its video in another stream, of another codec.
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

void cfs_bound_timestamps(AVPacket *packet, AVRational time_base) {
    enum { nanoseconds_a_second = 1000000000 };
    static const int64_t most = 3000000000000000000;
    int64_t bound = av_rescale_q(most, (AVRational){1, nanoseconds_a_second}, time_base);
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

int cfs_source_read(cfs_source *source, AVPacket *packet) {
    enum { again_us = 5000 };
    bool again = false;
    for (;;) {
        if (source->max_bytes > 0 && source->bytes_read >= source->max_bytes) {
            source->limit_reached = true;
            return 0;
        }
        if (!again) cfs_source_set_deadline(source, source->read_deadline_ms);
        int code = read_next(source, packet);
        again = code == AVERROR(EAGAIN);
        if (again) {
            // Nothing yet, from a demuxer that does not wait itself.
            if (cfs_source_should_interrupt(source)) return cfs_source_interruption(source, CFS_ERROR_CANCELLED);
            av_usleep(again_us);
            continue;
        }
        if (code < 0) {
            int stopped = cfs_source_interruption(source, 0);
            if (stopped) return stopped;
            // FFmpeg says EIO where the other side of such a connection closes it, which is how these streams end.
            bool is_closed = source->is_unsized && !source->live && code == AVERROR(EIO);
            if ((code != AVERROR_EOF && !is_closed) || ends_early(source)) source->ended_broken = true;
            return 0;
        }
        if (packet->stream_index != source->stream->index) {
            bool has_moved = is_new_video(source, packet);
            av_packet_unref(packet);
            if (has_moved) return CFS_ERROR_STREAM_CHANGED;
            continue;
        }
        if (packet->size > cfs_memory_largest_packet()) {
            av_packet_unref(packet);
            return CFS_ERROR_LARGE_PACKET;
        }
        code = without_text(packet, source->stream->codecpar->codec_id);
        if (code < 0) return code;
        cfs_bound_timestamps(packet, source->stream->time_base);
        if (source->packets_read == 0) source->first_packet = packet->pos;
        source->packets_read++;
        source->bytes_read += packet->size;
        source->ended_broken = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
        return 1;
    }
}

// Only the video stream's own figures count: a container's duration covers its audio too.
bool cfs_source_truncated(const cfs_source *source, int64_t measured_ns) {
    if (source->ended_broken) return true;
    if (source->media.still) return false;
    bool own_duration = source->stream->duration > 0 || source->format->nb_streams == 1;
    int64_t declared = source->media.declared_duration_ns;
    if (!own_duration || declared < 0 || measured_ns < 0) return false;
    // An mp4's index counts its samples, so there a tenth of a second short is enough; elsewhere headers round.
    bool indexed = strstr(source->media.container, "mp4") && source->packets_read < source->stream->nb_frames;
    int64_t slack = indexed ? 100000000 : declared / 50 > 1000000000 ? declared / 50 : 1000000000;
    return measured_ns + slack < declared;
}

void cfs_source_close(cfs_source *source) {
    av_packet_free(&source->pending);
    avformat_close_input(&source->format);
    if (source->io) {
        av_freep(&source->io->buffer);
        avio_context_free(&source->io);
    }
    cfs_guarded_close(&source->guarded_io);
    av_freep(&source->guard.address);
    if (source->owns_fd && source->fd >= 0) close(source->fd);
    source->fd = -1;
}
