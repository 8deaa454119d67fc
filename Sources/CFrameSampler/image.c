// Images held in memory: recognised by their first bytes, decoded picture by picture.
#include "ffmpeg.h"
#include "memory.h"
#include "picture.h"
#include "png.h"

typedef struct image_kind {
    const char *name;
    const char *magic;
    size_t length;
    enum AVCodecID codec;
    const char *demuxer; // NULL: the file is one packet
} image_kind;

static const image_kind kinds[] = {
    {"jpeg", "\xFF\xD8\xFF", 3, AV_CODEC_ID_MJPEG, NULL},
    {"png", "\x89PNG\r\n\x1A\n", 8, AV_CODEC_ID_PNG, NULL},
    {"gif", "GIF87a", 6, AV_CODEC_ID_GIF, "gif"},
    {"gif", "GIF89a", 6, AV_CODEC_ID_GIF, "gif"},
    {"bmp", "BM", 2, AV_CODEC_ID_BMP, NULL},
    {"webp", "RIFF", 4, AV_CODEC_ID_WEBP, NULL},
    {"tiff", "II*\0", 4, AV_CODEC_ID_TIFF, NULL},
    {"tiff", "MM\0*", 4, AV_CODEC_ID_TIFF, NULL},
    {"ico", "\0\0\1\0", 4, AV_CODEC_ID_NONE, "ico"},
};

enum { io_buffer_bytes = 32 * 1024 };

struct cfs_image {
    const image_kind *kind;
    AVBufferRef *bytes;
    size_t size, position;
    int64_t max_pixels;
    int refusal; // of memory: 0, or why
    bool sent;
    int handed_out;
    AVFormatContext *format; // NULL for what is one packet
    AVIOContext *io;
    AVStream *stream;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
};

static const image_kind *recognise(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const image_kind *kind = &kinds[i];
        if (size < kind->length || memcmp(bytes, kind->magic, kind->length) != 0) continue;
        if (kind->codec == AV_CODEC_ID_WEBP && (size < 12 || memcmp(bytes + 8, "WEBP", 4) != 0)) continue;
        return kind;
    }
    return NULL;
}

// FFmpeg conceals the missing end of a JPEG; the marker that ends it tells. Cameras append data, so it is searched for.
static bool lacks_end_of_jpeg(const uint8_t *bytes, size_t size) {
    for (size_t i = size; i >= 2; i--)
        if (bytes[i - 2] == 0xFF && bytes[i - 1] == 0xD9) return false;
    return true;
}

// FFmpeg takes a PNG of absurd size for a broken one; its header, which comes first, tells.
static bool is_absurd_png(const uint8_t *bytes, size_t size, int64_t max_pixels) {
    if (size < 24) return false;
    return (uint64_t)AV_RB32(bytes + 16) * AV_RB32(bytes + 20) > (uint64_t)max_pixels;
}

// MARK: Containers

static int read_memory(void *opaque, uint8_t *buffer, int size) {
    cfs_image *image = opaque;
    size_t left = image->size - image->position;
    if (left == 0) return AVERROR_EOF;
    size_t count = left < (size_t)size ? left : (size_t)size;
    memcpy(buffer, image->bytes->data + image->position, count);
    image->position += count;
    return (int)count;
}

static int64_t seek_memory(void *opaque, int64_t offset, int whence) {
    cfs_image *image = opaque;
    if (whence == AVSEEK_SIZE) return (int64_t)image->size;
    int64_t base = whence == SEEK_CUR ? (int64_t)image->position : whence == SEEK_END ? (int64_t)image->size : 0;
    if (base + offset < 0 || base + offset > (int64_t)image->size) return AVERROR(EINVAL);
    image->position = (size_t)(base + offset);
    return (int64_t)image->position;
}

// The icon's largest picture, or an animation's only stream.
static AVStream *largest_stream(AVFormatContext *format) {
    AVStream *best = NULL;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *stream = format->streams[i];
        if (!best || stream->codecpar->width > best->codecpar->width) best = stream;
    }
    return best;
}

static int open_container(cfs_image *image) {
    const AVInputFormat *demuxer = av_find_input_format(image->kind->demuxer);
    if (!demuxer) return CFS_ERROR_NO_DECODER;
    uint8_t *buffer = av_malloc(io_buffer_bytes);
    image->io = buffer ? avio_alloc_context(buffer, io_buffer_bytes, 0, image, read_memory, NULL, seek_memory) : NULL;
    image->format = avformat_alloc_context();
    if (!image->io) av_free(buffer);
    if (!image->io || !image->format) return AVERROR(ENOMEM);
    image->format->pb = image->io;
    image->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    if (avformat_open_input(&image->format, "", demuxer, NULL) < 0) return CFS_ERROR_BROKEN_IMAGE;
    // Icons do not say how large the PNGs in them are.
    if (image->format->nb_streams > 1 && avformat_find_stream_info(image->format, NULL) < 0) return CFS_ERROR_BROKEN_IMAGE;
    image->stream = largest_stream(image->format);
    return image->stream ? 0 : CFS_ERROR_BROKEN_IMAGE;
}

// MARK: Decoding

// A progressive JPEG's coefficients are all held until its last scan: two bytes each.
static int64_t coefficient_bytes(const AVCodecContext *decoder, const AVFrame *frame) {
    bool progressive = decoder->codec_id == AV_CODEC_ID_MJPEG && decoder->profile == FF_PROFILE_MJPEG_HUFFMAN_PROGRESSIVE_DCT;
    int samples = av_image_get_buffer_size((enum AVPixelFormat)frame->format, frame->width, frame->height, 1);
    return progressive && samples > 0 ? 2 * (int64_t)samples : 0;
}

// The size is only known, and memory only asked for, once a decoder has read its header: this is the moment to refuse.
static int allocate_within_limit(AVCodecContext *decoder, AVFrame *frame, int flags) {
    cfs_image *image = decoder->opaque;
    bool is_large = (int64_t)frame->width * frame->height > image->max_pixels;
    image->refusal = is_large ? CFS_ERROR_TOO_MANY_PIXELS
                              : cfs_memory_charge(cfs_memory_image, frame, coefficient_bytes(decoder, frame), NULL);
    return image->refusal < 0 ? AVERROR(ENOMEM) : avcodec_default_get_buffer2(decoder, frame, flags);
}

static int open_decoder(cfs_image *image) {
    enum AVCodecID id = image->stream ? image->stream->codecpar->codec_id : image->kind->codec;
    const AVCodec *codec = avcodec_find_decoder(id);
    if (!codec) return CFS_ERROR_NO_DECODER;
    image->decoder = avcodec_alloc_context3(codec);
    if (!image->decoder) return AVERROR(ENOMEM);
    if (image->stream && avcodec_parameters_to_context(image->decoder, image->stream->codecpar) < 0)
        return AVERROR(ENOMEM);
    image->decoder->opaque = image;
    image->decoder->get_buffer2 = allocate_within_limit;
    image->decoder->thread_count = 1;
    image->decoder->err_recognition = AV_EF_EXPLODE;
    int code = avcodec_open2(image->decoder, codec, NULL);
    return code < 0 ? code : 0;
}

static int failure(const cfs_image *image, int code) {
    if (image->refusal < 0) return image->refusal;
    return code == AVERROR(ENOMEM) ? code : CFS_ERROR_BROKEN_IMAGE;
}

// Fills `packet` with the next of the image's. 1, 0 at the end, or an error.
static int next_packet(cfs_image *image) {
    av_packet_unref(image->packet);
    if (!image->format) {
        if (image->sent) return 0;
        image->sent = true;
        image->packet->buf = av_buffer_ref(image->bytes);
        if (!image->packet->buf) return AVERROR(ENOMEM);
        image->packet->data = image->bytes->data;
        image->packet->size = (int)image->size;
        return 1;
    }
    for (;;) {
        int code = av_read_frame(image->format, image->packet);
        if (code == AVERROR_EOF) return 0;
        if (code < 0) return code;
        if (image->packet->stream_index == image->stream->index) break;
        av_packet_unref(image->packet);
    }
    // An icon may hold PNGs.
    int code = av_packet_make_writable(image->packet);
    if (code < 0) return code;
    av_shrink_packet(image->packet, (int)cfs_png_without_text(image->packet->data, (size_t)image->packet->size));
    return 1;
}

static int receive_picture(cfs_image *image, cfs_picture **picture) {
    if (image->frame->decode_error_flags || (image->frame->flags & AV_FRAME_FLAG_CORRUPT)) return CFS_ERROR_BROKEN_IMAGE;
    AVFrame *frame = av_frame_alloc();
    if (!frame) return AVERROR(ENOMEM);
    av_frame_move_ref(frame, image->frame);
    if (!frame->opaque_ref && cfs_memory_count(cfs_memory_image, frame) < 0) {
        av_frame_free(&frame);
        return AVERROR(ENOMEM);
    }
    *picture = cfs_picture_create(frame, image->stream);
    image->handed_out++;
    return *picture ? 1 : AVERROR(ENOMEM);
}

int cfs_image_next(cfs_image *image, cfs_picture **picture) {
    *picture = NULL;
    for (;;) {
        int code = avcodec_receive_frame(image->decoder, image->frame);
        if (code >= 0) return receive_picture(image, picture);
        if (code == AVERROR_EOF) return image->handed_out > 0 ? 0 : CFS_ERROR_BROKEN_IMAGE;
        if (code != AVERROR(EAGAIN)) return failure(image, code);
        code = next_packet(image);
        if (code < 0) return failure(image, code);
        code = avcodec_send_packet(image->decoder, code == 1 ? image->packet : NULL);
        if (code < 0 && code != AVERROR_EOF) return failure(image, code);
    }
}

int cfs_image_open(const uint8_t *bytes, size_t size, int64_t max_pixels, cfs_image **result) {
    *result = NULL;
    av_log_set_level(AV_LOG_QUIET);
    const image_kind *kind = recognise(bytes, size);
    if (!kind) return CFS_ERROR_NOT_AN_IMAGE;
    if (size > INT32_MAX / 2) return CFS_ERROR_BROKEN_IMAGE;
    if (kind->codec == AV_CODEC_ID_MJPEG && lacks_end_of_jpeg(bytes, size)) return CFS_ERROR_BROKEN_IMAGE;
    if (kind->codec == AV_CODEC_ID_PNG && is_absurd_png(bytes, size, max_pixels)) return CFS_ERROR_TOO_MANY_PIXELS;
    cfs_image *image = av_mallocz(sizeof *image);
    if (!image) return AVERROR(ENOMEM);
    image->kind = kind;
    image->size = size;
    image->max_pixels = max_pixels;
    image->bytes = av_buffer_alloc(size + AV_INPUT_BUFFER_PADDING_SIZE);
    image->packet = av_packet_alloc();
    image->frame = av_frame_alloc();
    int code = image->bytes && image->packet && image->frame ? 0 : AVERROR(ENOMEM);
    if (code == 0) {
        memcpy(image->bytes->data, bytes, size);
        image->size = cfs_png_without_text(image->bytes->data, size);
        memset(image->bytes->data + image->size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
        if (kind->demuxer) code = open_container(image);
    }
    if (code == 0) code = open_decoder(image);
    if (code < 0) {
        cfs_image_close(image);
        return code;
    }
    *result = image;
    return 0;
}

const char *cfs_image_format(const cfs_image *image) { return image->kind->name; }

void cfs_image_close(cfs_image *image) {
    if (!image) return;
    avcodec_free_context(&image->decoder);
    avformat_close_input(&image->format);
    if (image->io) {
        av_freep(&image->io->buffer);
        avio_context_free(&image->io);
    }
    av_packet_free(&image->packet);
    av_frame_free(&image->frame);
    av_buffer_unref(&image->bytes);
    av_free(image);
}
