#include "heif-decoder.h"

#include <libheif/heif.h>
#include <libheif/heif_plugin.h>
#include <pthread.h>

#include "memory.h"

// libheif hands a plugin nothing of the one who asked.
static _Thread_local const cfs_image_file *client;
static _Thread_local int refusal;

typedef struct decoder {
    enum AVCodecID codec;
    uint8_t *bytes;
    size_t size;
} decoder;

static const struct heif_error fine = {heif_error_Ok, heif_suberror_Unspecified, "ok"};
static const struct heif_error failed = {heif_error_Decoder_plugin_error, heif_suberror_Unspecified, "not decoded"};
static const struct heif_error no_memory = {heif_error_Memory_allocation_error, heif_suberror_Unspecified, "no memory"};

// MARK: What is to be decoded

static struct heif_error make(enum AVCodecID codec, void **result) {
    decoder *made = av_mallocz(sizeof *made);
    if (!made) return no_memory;
    made->codec = codec;
    *result = made;
    return fine;
}

static void dispose(void *opaque) {
    decoder *used = opaque;
    av_free(used->bytes);
    av_free(used);
}

static struct heif_error push(void *opaque, const void *data, size_t size) {
    decoder *to = opaque;
    if (size == 0) return fine;
    uint8_t *grown = av_realloc(to->bytes, to->size + size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!grown) return no_memory;
    memcpy(grown + to->size, data, size);
    to->bytes = grown;
    to->size += size;
    memset(grown + to->size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    return fine;
}

// Each unit of HEVC comes after its length, which has as many bytes as the start code that FFmpeg wants in its place.
static bool mark_units(decoder *of) {
    for (size_t at = 0; at < of->size;) {
        if (of->size - at < 4) return false;
        size_t length = AV_RB32(of->bytes + at);
        AV_WB32(of->bytes + at, 1);
        at += 4;
        if (length > of->size - at) return false;
        at += length;
    }
    return true;
}

// MARK: Decoding

static int allocate_within_limit(AVCodecContext *context, AVFrame *frame, int flags) {
    if ((int64_t)frame->width * frame->height > client->max_pixels) refusal = CFS_ERROR_TOO_MANY_PIXELS;
    else if (atomic_load(client->cancelled)) refusal = CFS_ERROR_CANCELLED;
    if (refusal < 0 || cfs_memory_count(cfs_memory_image, frame) < 0) return AVERROR(ENOMEM);
    return avcodec_default_get_buffer2(context, frame, flags);
}

static AVCodecContext *open_codec(enum AVCodecID id) {
    const AVCodec *codec = avcodec_find_decoder(id);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!context) return NULL;
    context->get_buffer2 = allocate_within_limit;
    context->max_pixels = client->max_pixels; // for decoders that allocate by themselves
    context->thread_count = 1;
    context->err_recognition = AV_EF_EXPLODE;
    if (avcodec_open2(context, codec, NULL) < 0) avcodec_free_context(&context);
    return context;
}

static bool decode_frame(const decoder *from, AVFrame *frame) {
    AVCodecContext *context = open_codec(from->codec);
    AVPacket *packet = av_packet_alloc();
    bool is_whole = false;
    if (context && packet && from->size > 0 && from->size <= INT32_MAX / 2) {
        packet->data = from->bytes;
        packet->size = (int)from->size;
        is_whole = avcodec_send_packet(context, packet) >= 0 && avcodec_send_packet(context, NULL) >= 0
            && avcodec_receive_frame(context, frame) >= 0 && !frame->decode_error_flags
            && !(frame->flags & AV_FRAME_FLAG_CORRUPT) && (int64_t)frame->width * frame->height <= client->max_pixels;
    }
    av_packet_free(&packet);
    avcodec_free_context(&context);
    return is_whole;
}

// MARK: Pictures for libheif

static bool layout_of(const AVPixFmtDescriptor *descriptor, enum heif_chroma *chroma) {
    uint64_t unwanted = AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_ALPHA
        | AV_PIX_FMT_FLAG_FLOAT;
    if (!descriptor || (descriptor->flags & unwanted)) return false;
    if (descriptor->nb_components == 1) *chroma = heif_chroma_monochrome;
    else if (descriptor->log2_chroma_w == 1 && descriptor->log2_chroma_h == 1) *chroma = heif_chroma_420;
    else if (descriptor->log2_chroma_w == 1) *chroma = heif_chroma_422;
    else *chroma = heif_chroma_444;
    bool is_planar = descriptor->nb_components == 1 || descriptor->flags & AV_PIX_FMT_FLAG_PLANAR;
    return is_planar && descriptor->log2_chroma_w <= 1 && descriptor->log2_chroma_h <= descriptor->log2_chroma_w;
}

// What the bitstream says; the file may say otherwise.
static bool state_colors(const AVFrame *frame, struct heif_image *picture) {
    struct heif_color_profile_nclx *stated = heif_nclx_color_profile_alloc();
    if (!stated) return false;
    heif_nclx_color_profile_set_color_primaries(stated, (uint16_t)frame->color_primaries);
    heif_nclx_color_profile_set_transfer_characteristics(stated, (uint16_t)frame->color_trc);
    heif_nclx_color_profile_set_matrix_coefficients(stated, (uint16_t)frame->colorspace);
    stated->full_range_flag = frame->color_range == AVCOL_RANGE_JPEG;
    bool is_done = heif_image_set_nclx_color_profile(picture, stated).code == heif_error_Ok;
    heif_nclx_color_profile_free(stated);
    return is_done;
}

static bool add_plane(const AVFrame *frame, const AVPixFmtDescriptor *descriptor, int component,
                      enum heif_channel channel, struct heif_image *picture) {
    bool is_chroma = component > 0 && !(descriptor->flags & AV_PIX_FMT_FLAG_RGB);
    int width = is_chroma ? AV_CEIL_RSHIFT(frame->width, descriptor->log2_chroma_w) : frame->width;
    int height = is_chroma ? AV_CEIL_RSHIFT(frame->height, descriptor->log2_chroma_h) : frame->height;
    int depth = descriptor->comp[component].depth, plane = descriptor->comp[component].plane, stride = 0;
    if (heif_image_add_plane(picture, channel, width, height, depth).code != heif_error_Ok) return false;
    uint8_t *bytes = heif_image_get_plane(picture, channel, &stride);
    if (!bytes) return false;
    av_image_copy_plane(bytes, stride, frame->data[plane], frame->linesize[plane], width * (depth > 8 ? 2 : 1), height);
    return true;
}

static struct heif_error hand_over(const AVFrame *frame, struct heif_image **result) {
    static const enum heif_channel yuv[] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
    static const enum heif_channel rgb[] = {heif_channel_R, heif_channel_G, heif_channel_B};
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    enum heif_chroma chroma;
    if (!layout_of(descriptor, &chroma)) return failed;
    bool is_rgb = descriptor->flags & AV_PIX_FMT_FLAG_RGB;
    enum heif_colorspace space = chroma == heif_chroma_monochrome ? heif_colorspace_monochrome
        : is_rgb                                                  ? heif_colorspace_RGB
                                                                  : heif_colorspace_YCbCr;
    struct heif_image *picture = NULL;
    if (heif_image_create(frame->width, frame->height, space, chroma, &picture).code != heif_error_Ok) return no_memory;
    bool is_done = state_colors(frame, picture);
    for (int i = 0; i < descriptor->nb_components && is_done; i++)
        is_done = add_plane(frame, descriptor, i, (is_rgb ? rgb : yuv)[i], picture);
    if (!is_done) {
        heif_image_release(picture);
        return no_memory;
    }
    *result = picture;
    return fine;
}

static struct heif_error decode(void *opaque, struct heif_image **result) {
    decoder *from = opaque;
    refusal = 0;
    if (!client || (from->codec == AV_CODEC_ID_HEVC && !mark_units(from))) return failed;
    AVFrame *frame = av_frame_alloc();
    if (!frame) return no_memory;
    struct heif_error error = decode_frame(from, frame) ? hand_over(frame, result) : failed;
    av_frame_free(&frame);
    return error;
}

// MARK: The plugins

enum { preferred = 1000 }; // libheif's own have 100 or so

static const char *name(void) { return "FFmpeg"; }
static int reads_hevc(enum heif_compression_format format) { return format == heif_compression_HEVC ? preferred : 0; }
static int reads_av1(enum heif_compression_format format) { return format == heif_compression_AV1 ? preferred : 0; }
static struct heif_error make_hevc(void **result) { return make(AV_CODEC_ID_HEVC, result); }
static struct heif_error make_av1(void **result) { return make(AV_CODEC_ID_AV1, result); }

#define PLUGIN(reads, makes, id)                                                                                       \
    {                                                                                                                  \
        .plugin_api_version = 3,                                                                                       \
        .get_plugin_name = name,                                                                                       \
        .does_support_format = reads,                                                                                  \
        .new_decoder = makes,                                                                                          \
        .free_decoder = dispose,                                                                                       \
        .push_data = push,                                                                                             \
        .decode_image = decode,                                                                                        \
        .id_name = id,                                                                                                 \
    }
static const struct heif_decoder_plugin hevc = PLUGIN(reads_hevc, make_hevc, "ffmpeg-hevc");
static const struct heif_decoder_plugin av1 = PLUGIN(reads_av1, make_av1, "ffmpeg-av1");

static void install(void) {
    heif_register_decoder_plugin(&hevc);
    heif_register_decoder_plugin(&av1);
}

void cfs_heif_decoder_install(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
}

void cfs_heif_decoder_work_for(const cfs_image_file *file) {
    client = file;
    if (file) refusal = 0;
}

int cfs_heif_decoder_refusal(void) { return refusal; }
