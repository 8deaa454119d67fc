// Scaling and colour: libswscale for SDR, fields taken apart before it, HDR tone-mapped after it.
#include <math.h>
#include <pthread.h>

#include "scale.h"
#include "frame-color.h"
#include "tonemap.h"

// swscale contexts cost as much to make as a picture to scale, so a few are kept. Each is used by one thread at a time.
typedef struct scaler {
    struct SwsContext *context;
    int source_width, source_height, source_format, matrix, full_range;
    int width, height, format;
    bool busy;
    int64_t used;
} scaler;

enum { scaler_count = 12 };
static scaler scalers[scaler_count];
static int64_t scaler_clock;
static pthread_mutex_t scaler_lock = PTHREAD_MUTEX_INITIALIZER;

static bool fits(const scaler *have, const scaler *want) {
    return have->context && have->source_width == want->source_width && have->source_height == want->source_height
        && have->source_format == want->source_format && have->matrix == want->matrix
        && have->full_range == want->full_range && have->width == want->width && have->height == want->height
        && have->format == want->format;
}

static struct SwsContext *make_context(const scaler *want) {
    int flags = SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
    struct SwsContext *context =
        sws_getContext(want->source_width, want->source_height, (enum AVPixelFormat)want->source_format, want->width,
                       want->height, (enum AVPixelFormat)want->format, flags, NULL, NULL, NULL);
    if (!context) return NULL;
    // Pictures leave here full range; planar ones as JPEG wants them, BT.601.
    sws_setColorspaceDetails(context, sws_getCoefficients(want->matrix), want->full_range,
                             sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16, 1 << 16);
    return context;
}

static struct SwsContext *borrow(const scaler *want, int *slot) {
    pthread_mutex_lock(&scaler_lock);
    int chosen = -1;
    for (int i = 0; i < scaler_count && chosen < 0; i++)
        if (!scalers[i].busy && fits(&scalers[i], want)) chosen = i;
    for (int i = 0; i < scaler_count && (chosen < 0 || !fits(&scalers[chosen], want)); i++)
        if (!scalers[i].busy && (chosen < 0 || scalers[i].used < scalers[chosen].used)) chosen = i;
    if (chosen >= 0) {
        scaler *found = &scalers[chosen];
        if (!fits(found, want)) {
            sws_freeContext(found->context);
            *found = *want;
            found->context = make_context(want);
        }
        found->busy = found->context != NULL;
        found->used = ++scaler_clock;
    }
    pthread_mutex_unlock(&scaler_lock);
    *slot = chosen;
    return chosen >= 0 ? scalers[chosen].context : make_context(want);
}

static void give_back(struct SwsContext *context, int slot) {
    if (slot < 0) {
        sws_freeContext(context);
        return;
    }
    pthread_mutex_lock(&scaler_lock);
    scalers[slot].busy = false;
    pthread_mutex_unlock(&scaler_lock);
}

static int scale_plain(const AVFrame *frame, enum AVPixelFormat format, int width, int height, uint8_t *const planes[4],
                       const int strides[4]) {
    const scaler want = {
        .source_width = frame->width,
        .source_height = frame->height,
        .source_format = cfs_format_without_range(frame->format),
        .matrix = cfs_frame_matrix(frame),
        .full_range = cfs_frame_is_full_range(frame),
        .width = width,
        .height = height,
        .format = format,
    };
    int slot;
    struct SwsContext *context = borrow(&want, &slot);
    if (!context) return AVERROR(EINVAL);
    int rows =
        sws_scale(context, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, planes, strides);
    give_back(context, slot);
    return rows < 0 ? rows : 0;
}

// MARK: Interlaced pictures

// Rows of a field's picture for which each plane has its rows: a chroma row that belongs to half the luma rows it stands
// for does not count, since what reads it would read the one after it, too.
static int field_rows(const AVFrame *frame, int skipped) {
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    int rows = (frame->height + 1 - skipped) / 2, shift = descriptor->log2_chroma_h;
    int chroma_rows = (AV_CEIL_RSHIFT(frame->height, shift) + 1 - skipped) / 2;
    return FFMIN(rows, chroma_rows << shift);
}

// Two moments interleaved make combs. What a viewer sees is one field: the first one shown, stretched to full height.
static AVFrame *first_field(const AVFrame *frame) {
    AVFrame *field = av_frame_clone(frame);
    if (!field) return NULL;
#ifdef AV_FRAME_FLAG_TOP_FIELD_FIRST
    int skipped = (frame->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) ? 0 : 1;
#else
    int skipped = frame->top_field_first ? 0 : 1;
#endif
    for (int i = 0; i < AV_NUM_DATA_POINTERS && field->data[i]; i++) {
        field->data[i] += skipped * field->linesize[i];
        field->linesize[i] *= 2;
    }
    field->height = field_rows(frame, skipped);
    field->colorspace = frame->colorspace;
    return field;
}

// Luma with or without chroma is what is interlaced. swscale reads XYZ and Bayer rows beyond their width, so that a field of
// them would end beyond the picture.
static bool has_fields(const AVFrame *frame, const AVPixFmtDescriptor *descriptor) {
    uint64_t others = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_BITSTREAM;
    bool is_xyz = frame->format == AV_PIX_FMT_XYZ12LE || frame->format == AV_PIX_FMT_XYZ12BE;
    return cfs_frame_interlaced(frame) && frame->height >= 8 && !is_xyz && !(descriptor->flags & others);
}

// swscale takes Bayer pictures two by two pixels, also where there is only one.
static bool is_scalable(const AVFrame *frame, const AVPixFmtDescriptor *descriptor) {
    if (!descriptor || (descriptor->flags & AV_PIX_FMT_FLAG_HWACCEL)) return false;
    return !(descriptor->flags & AV_PIX_FMT_FLAG_BAYER) || (frame->width % 2 == 0 && frame->height % 2 == 0);
}

int cfs_scale(const AVFrame *frame, enum AVPixelFormat format, int width, int height, uint8_t *const planes[4],
              const int strides[4]) {
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    if (!is_scalable(frame, descriptor)) return AVERROR(EINVAL);
    AVFrame *field = NULL;
    if (has_fields(frame, descriptor)) {
        field = first_field(frame);
        if (!field) return AVERROR(ENOMEM);
        // A field has half the rows, but is still as large a picture when guessing its colours.
        if (field->colorspace == AVCOL_SPC_UNSPECIFIED && frame->height >= 720) field->colorspace = AVCOL_SPC_BT709;
    }
    const AVFrame *source = field ? field : frame;
    int code = cfs_frame_is_hdr(frame) ? cfs_tone_map(source, scale_plain, format, width, height, planes, strides)
                                       : scale_plain(source, format, width, height, planes, strides);
    av_frame_free(&field);
    return code;
}
