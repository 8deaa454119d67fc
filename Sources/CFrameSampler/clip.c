// Files made of a live connection's recent packets.
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "live-state.h"

int cfs_memory_file(void) {
    int file = memfd_create("framesift", MFD_CLOEXEC);
    return file < 0 ? AVERROR(errno) : file;
}

// References to the packets of a stretch, of one epoch only.
typedef struct excerpt {
    AVPacket **packets;
    int count;
    AVBufferRef *extradata;
    int width, height; // of the newest picture; 0 before there was one
    int64_t first_ns;  // position of the first packet's picture
} excerpt;

static int copy_excerpt(const live_history *history, int64_t from_ns, int64_t to_ns, excerpt *result) {
    int start = -1;
    for (int i = 0; i < history->count; i++) {
        const struct kept_packet *kept = &history->packets[i];
        if (kept->cut && (start < 0 || kept->position_ns <= from_ns) && kept->position_ns < to_ns) start = i;
    }
    if (start < 0) return CFS_ERROR_EMPTY;
    const struct kept_packet *first = &history->packets[start];
    result->first_ns = first->position_ns;
    result->packets = av_calloc((size_t)(history->count - start), sizeof *result->packets);
    if (!result->packets) return AVERROR(ENOMEM);
    if (first->extradata && !(result->extradata = av_buffer_ref(first->extradata))) return AVERROR(ENOMEM);
    for (int i = start; i < history->count; i++) {
        const struct kept_packet *kept = &history->packets[i];
        bool is_leading = kept->position_ns < first->position_ns;
        if (kept->epoch != first->epoch || kept->position_ns >= to_ns || is_leading) continue;
        if (!(result->packets[result->count++] = av_packet_clone(kept->packet))) return AVERROR(ENOMEM);
    }
    return 0;
}

static void free_excerpt(excerpt *excerpt) {
    for (int i = 0; i < excerpt->count; i++) av_packet_free(&excerpt->packets[i]);
    av_freep(&excerpt->packets);
    av_buffer_unref(&excerpt->extradata);
}

static int add_stream(AVFormatContext *output, const cfs_live *live, const excerpt *excerpt, AVStream **result) {
    AVStream *stream = avformat_new_stream(output, NULL);
    if (!stream) return AVERROR(ENOMEM);
    *result = stream;
    stream->time_base = live->run.source.stream->time_base;
    int code = cfs_live_parameters(live, excerpt->extradata, stream->codecpar);
    stream->codecpar->codec_tag = 0;
    // Only a picture says for certain how large it is.
    if (excerpt->width > 0) stream->codecpar->width = excerpt->width, stream->codecpar->height = excerpt->height;
    return code;
}

static int write_packets(AVFormatContext *output, AVStream *stream, AVRational time_base, const excerpt *excerpt) {
    int64_t origin = INT64_MAX;
    for (int i = 0; i < excerpt->count; i++) {
        const AVPacket *packet = excerpt->packets[i];
        int64_t stamp = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
        if (stamp < origin) origin = stamp;
    }
    int code = 0;
    for (int i = 0; i < excerpt->count && code >= 0; i++) {
        AVPacket *packet = excerpt->packets[i];
        packet->stream_index = 0;
        packet->pts -= origin;
        if (packet->dts != AV_NOPTS_VALUE) packet->dts -= origin;
        else packet->dts = packet->pts;
        packet->pos = -1;
        av_packet_rescale_ts(packet, time_base, stream->time_base);
        code = av_write_frame(output, packet);
    }
    return code;
}

// `name` chooses the container. The output is closed by the caller.
static int write_clip(const cfs_live *live, const excerpt *excerpt, const char *name, AVIOContext *io) {
    AVFormatContext *output = NULL;
    AVStream *stream = NULL;
    const char *file = strrchr(name, '/');
    bool is_named = strchr(file ? file : name, '.') != NULL;
    int code = avformat_alloc_output_context2(&output, NULL, is_named ? NULL : "matroska", name);
    if (code < 0) return code;
    output->pb = io;
    output->flags |= AVFMT_FLAG_CUSTOM_IO;
    code = add_stream(output, live, excerpt, &stream);
    if (code >= 0) code = avformat_write_header(output, NULL);
    if (code >= 0) code = write_packets(output, stream, live->run.source.stream->time_base, excerpt);
    if (code >= 0) code = av_write_trailer(output);
    avio_flush(io);
    avformat_free_context(output);
    return code < 0 ? code : io->error;
}

// Takes the excerpt out of the history. 0 or an error; to be freed either way.
static int take_excerpt(cfs_live *live, int64_t from_ns, int64_t to_ns, excerpt *excerpt) {
    pthread_mutex_lock(&live->run.lock);
    int code = copy_excerpt(&live->history, from_ns, to_ns, excerpt);
    excerpt->width = live->width;
    excerpt->height = live->height;
    pthread_mutex_unlock(&live->run.lock);
    return code;
}

int64_t cfs_live_clip(cfs_live *live, int64_t from_ns, int64_t to_ns, const char *path, int64_t *first_ns) {
    excerpt excerpt = {0};
    AVIOContext *io = NULL;
    int64_t bytes = 0;
    int code = take_excerpt(live, from_ns, to_ns, &excerpt);
    if (code == 0) code = avio_open(&io, path, AVIO_FLAG_WRITE);
    if (code >= 0) {
        code = write_clip(live, &excerpt, path, io);
        bytes = avio_size(io);
        avio_closep(&io);
        if (code < 0) unlink(path);
    }
    free_excerpt(&excerpt);
    if (first_ns) *first_ns = excerpt.first_ns;
    return code < 0 ? code : bytes;
}

// MARK: In memory

typedef struct memory_output {
    uint8_t *bytes;
    int64_t capacity, size, position;
} memory_output;

static int write_memory(void *opaque, uint8_t *bytes, int count) {
    memory_output *output = opaque;
    if (count > output->capacity - output->position) return AVERROR(ENOSPC);
    memcpy(output->bytes + output->position, bytes, (size_t)count);
    output->position += count;
    if (output->position > output->size) output->size = output->position;
    return count;
}

static int64_t seek_memory(void *opaque, int64_t offset, int whence) {
    memory_output *output = opaque;
    if (whence == AVSEEK_SIZE) return output->size;
    int64_t base = whence == SEEK_CUR ? output->position : whence == SEEK_END ? output->size : 0;
    if (base + offset < 0 || base + offset > output->size) return AVERROR(EINVAL);
    return output->position = base + offset;
}

int64_t cfs_live_clip_bytes(cfs_live *live, int64_t from_ns, int64_t to_ns, const char *name, uint8_t *bytes,
                            size_t capacity, int64_t *first_ns) {
    enum { buffer_bytes = 64 * 1024 };
    excerpt excerpt = {0};
    memory_output output = {.bytes = bytes, .capacity = (int64_t)capacity};
    uint8_t *buffer = av_malloc(buffer_bytes);
    AVIOContext *io =
        buffer ? avio_alloc_context(buffer, buffer_bytes, 1, &output, NULL, write_memory, seek_memory) : NULL;
    if (!io) av_free(buffer);
    int code = io ? take_excerpt(live, from_ns, to_ns, &excerpt) : AVERROR(ENOMEM);
    if (code == 0) code = write_clip(live, &excerpt, name, io);
    free_excerpt(&excerpt);
    if (io) av_freep(&io->buffer);
    avio_context_free(&io);
    *first_ns = excerpt.first_ns;
    return code < 0 ? code : output.size;
}
