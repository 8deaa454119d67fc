#include "source-image.h"

#include "image-kind.h"
#include "memory.h"
#include "png.h"

// Reads on behind the first `size` bytes, to the end. 0 or an error.
static int read_rest(cfs_source *source, AVBufferRef **bytes, size_t size) {
    enum { step = 1 << 20 };
    AVIOContext *io = source->format->pb;
    int64_t known = avio_size(io);
    for (;;) {
        if ((int64_t)size > cfs_memory_largest_packet()) return CFS_ERROR_LARGE_PACKET;
        size_t room = known > (int64_t)size ? (size_t)known + 1 : size + step;
        if ((int64_t)room > cfs_memory_largest_packet()) room = (size_t)cfs_memory_largest_packet() + 1;
        int code = room > (*bytes)->size ? av_buffer_realloc(bytes, room) : 0;
        if (code < 0) return code;
        int count = avio_read(io, (*bytes)->data + size, (int)((*bytes)->size - size));
        if (count < 0 && count != AVERROR_EOF) return count;
        if (count <= 0) break;
        size += (size_t)count;
    }
    source->image = *bytes;
    source->image_size = size;
    *bytes = NULL;
    return 0;
}

static void describe(cfs_source *source, const cfs_image_kind *kind) {
    source->media = (cfs_media){
        .container = kind->name,
        .codec = kind->name,
        .pixel_format = "unknown",
        .declared_duration_ns = -1,
        .still = true,
        .sized = true,
    };
    source->streams[0] = (cfs_stream){.sampled = true};
    av_strlcpy(source->streams[0].codec, kind->name, sizeof source->streams[0].codec);
    source->stream_count = 1;
}

// Of the formats that FFmpeg decodes only those of which it shows less, or other things, than viewers do. A PNG that cannot
// be read again may be one of many in a row.
static bool is_ours(const cfs_image_kind *kind, const AVIOContext *io) {
    if (!kind) return false;
    bool is_png = kind->codec == AV_CODEC_ID_PNG && io->seekable & AVIO_SEEKABLE_NORMAL;
    return is_png || kind->reader != cfs_image_reader_ffmpeg || kind->codec == AV_CODEC_ID_BMP;
}

// Whether one PNG follows another, which players show one after the other.
static bool is_sequence(const cfs_image_kind *kind, const uint8_t *bytes, size_t size) {
    size_t end = kind->codec == AV_CODEC_ID_PNG ? cfs_png_size(bytes, size) : 0;
    return end > 0 && end < size;
}

// The end of an input may tell what its beginning does not: a TIFF has its directories where it likes, and a sequence of
// images its tracks.
static int take_if_ours(cfs_source *source, AVBufferRef **bytes, size_t size) {
    int code = read_rest(source, bytes, size);
    if (code < 0) return code;
    const cfs_image_kind *kind = cfs_image_recognize(source->image->data, source->image_size);
    if (is_ours(kind, source->format->pb) && !is_sequence(kind, source->image->data, source->image_size)) {
        describe(source, kind);
        return 1;
    }
    av_buffer_unref(&source->image);
    return 0;
}

int cfs_source_take_image(cfs_source *source) {
    enum { looked_at = 32 * 1024 }; // less than what can be put back where an input cannot be read again
    AVIOContext *io = source->format->pb;
    if (!io) return 0;
    AVBufferRef *bytes = av_buffer_alloc(looked_at);
    if (!bytes) return AVERROR(ENOMEM);
    int count = avio_read(io, bytes->data, looked_at), code = 0;
    const cfs_image_kind *kind = count > 0 ? cfs_image_recognize(bytes->data, (size_t)count) : NULL;
    if (is_ours(kind, io)) code = take_if_ours(source, &bytes, (size_t)count);
    if (code == 0 && avio_seek(io, 0, SEEK_SET) < 0) code = AVERROR(EIO);
    av_buffer_unref(&bytes);
    return code;
}
