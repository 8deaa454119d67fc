#include "scale.h"

#include "frame-color.h"
#include "swscale.h"
#include "tonemap.h"
#include "transparency.h"

// Rows of one field. A chroma row stands for several luma rows; where only some of these are in the field, none is
// counted, because swscale would read the next chroma row too.
static int field_rows(const AVFrame *frame, int skipped) {
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    int rows = (frame->height + 1 - skipped) / 2, shift = descriptor->log2_chroma_h;
    int chroma_rows = (AV_CEIL_RSHIFT(frame->height, shift) + 1 - skipped) / 2;
    return FFMIN(rows, chroma_rows << shift);
}

// An interlaced frame shows two moments, which make combs. What is converted is one field: the one shown first,
// stretched to full height.
static AVFrame *first_field(const AVFrame *frame) {
    AVFrame *field = av_frame_clone(frame);
    if (!field) return NULL;
    int skipped = cfs_frame_top_field_first(frame) ? 0 : 1;
    for (int i = 0; i < AV_NUM_DATA_POINTERS && field->data[i]; i++) {
        field->data[i] += skipped * field->linesize[i];
        field->linesize[i] *= 2;
    }
    field->height = field_rows(frame, skipped);
    cfs_frame_keep_matrix(field, frame);
    return field;
}

// Only frames of luma, with or without chroma, are interlaced. And swscale reads beyond the width of XYZ and Bayer
// rows, which in a field would be beyond the end of the frame.
static bool has_fields(const AVFrame *frame, const AVPixFmtDescriptor *descriptor) {
    uint64_t others = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_BITSTREAM;
    bool is_xyz = frame->format == AV_PIX_FMT_XYZ12LE || frame->format == AV_PIX_FMT_XYZ12BE;
    return cfs_frame_interlaced(frame) && frame->height >= 8 && !is_xyz && !(descriptor->flags & others);
}

// swscale reads Bayer frames in squares of two by two pixels, also where the last square is not whole.
static bool is_scalable(const AVFrame *frame, const AVPixFmtDescriptor *descriptor) {
    if (!descriptor || (descriptor->flags & AV_PIX_FMT_FLAG_HWACCEL)) return false;
    return !(descriptor->flags & AV_PIX_FMT_FLAG_BAYER) || (frame->width % 2 == 0 && frame->height % 2 == 0);
}

// Scaled before it lies on white, a picture would show the colors of what is transparent.
static int convert(const AVFrame *frame, AVFrame *target) {
    AVFrame *opaque = NULL;
    if (cfs_frame_has_alpha(frame) && !(opaque = cfs_frame_on_white(frame, cfs_alpha_straight))) return AVERROR(ENOMEM);
    const AVFrame *source = opaque ? opaque : frame;
    int code = cfs_frame_is_hdr(source) ? cfs_tone_map(source, target) : cfs_swscale(source, target);
    av_frame_free(&opaque);
    return code;
}

int cfs_scale(const AVFrame *frame, AVFrame *target) {
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    if (!is_scalable(frame, descriptor)) return AVERROR(EINVAL);
    AVFrame *field = NULL;
    if (has_fields(frame, descriptor) && !(field = first_field(frame))) return AVERROR(ENOMEM);
    int code = convert(field ? field : frame, target);
    av_frame_free(&field);
    return code;
}
