#include "transparency.h"

#include "swscale.h"

bool cfs_frame_has_alpha(const AVFrame *frame) {
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    return descriptor && descriptor->flags & AV_PIX_FMT_FLAG_ALPHA;
}

// One component on white. `most` is what opaque and white are.
static inline uint32_t on_white(uint32_t color, uint32_t opacity, uint32_t most, cfs_alpha alpha) {
    if (alpha == cfs_alpha_unused) return color;
    if (alpha == cfs_alpha_premultiplied) return FFMIN(color + most - opacity, most);
    return (uint32_t)(((uint64_t)color * opacity + (uint64_t)most * (most - opacity) + most / 2) / most);
}

// What is written lies before what is still to be read.
static void blend_bytes(uint8_t *row, int width, cfs_alpha alpha) {
    for (ptrdiff_t x = 0; x < width; x++) {
        uint8_t opacity = row[4 * x + 3];
        for (int i = 0; i < 3; i++) row[3 * x + i] = (uint8_t)on_white(row[4 * x + i], opacity, UINT8_MAX, alpha);
    }
}

static void blend_words(uint16_t *row, int width, cfs_alpha alpha) {
    for (ptrdiff_t x = 0; x < width; x++) {
        uint16_t opacity = row[4 * x + 3];
        for (int i = 0; i < 3; i++) row[3 * x + i] = (uint16_t)on_white(row[4 * x + i], opacity, UINT16_MAX, alpha);
    }
}

AVFrame *cfs_frame_on_white(const AVFrame *frame, cfs_alpha alpha) {
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    bool is_deep = descriptor && descriptor->comp[0].depth > 8;
    AVFrame *made = cfs_frame_make(is_deep ? AV_PIX_FMT_RGBA64 : AV_PIX_FMT_RGBA, frame->width, frame->height);
    if (!made || cfs_swscale(frame, made) < 0 || av_frame_copy_props(made, frame) < 0) {
        av_frame_free(&made);
        return NULL;
    }
    made->color_range = AVCOL_RANGE_JPEG;
    made->colorspace = AVCOL_SPC_RGB;
    made->format = is_deep ? AV_PIX_FMT_RGB48 : AV_PIX_FMT_RGB24;
    for (int y = 0; y < made->height; y++) {
        uint8_t *row = made->data[0] + (ptrdiff_t)y * made->linesize[0];
        if (is_deep) blend_words((uint16_t *)(void *)row, made->width, alpha);
        else blend_bytes(row, made->width, alpha);
    }
    return made;
}

int cfs_frame_put_on_white(AVFrame **frame, cfs_alpha alpha) {
    if (!cfs_frame_has_alpha(*frame)) return 0;
    AVFrame *opaque = cfs_frame_on_white(*frame, alpha);
    if (!opaque) return AVERROR(ENOMEM);
    av_frame_free(frame);
    *frame = opaque;
    return 0;
}
