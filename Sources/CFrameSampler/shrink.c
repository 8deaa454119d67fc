#include "frame-color.h"
#include "resample.h"
#include "scale.h"
#include "shrink.h"
#include "swscale.h"

static bool is_planar_yuv(const AVFrame *frame) {
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    uint64_t unwanted = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM;
    return descriptor && !(descriptor->flags & unwanted) && descriptor->comp[0].depth == 8
        && (descriptor->nb_components == 1 || (descriptor->flags & AV_PIX_FMT_FLAG_PLANAR))
        && descriptor->comp[0].step == 1 && (descriptor->nb_components < 3 || descriptor->comp[1].step == 1)
        && (descriptor->nb_components == 1 || descriptor->nb_components == 3);
}

static inline uint8_t to_byte(float value) { return (uint8_t)(value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5f); }

static void to_rgb(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, int count, cfs_yuv yuv, uint8_t *rgb) {
    const float black = (float)yuv.black, stretch = (float)yuv.luma, chroma = (float)yuv.chroma;
    const float r_cr = (float)yuv.r_cr, g_cb = (float)yuv.g_cb, g_cr = (float)yuv.g_cr, b_cb = (float)yuv.b_cb;
    for (int i = 0; i < count; i++) {
        float luma = (y[i] - black) * stretch, b = (cb[i] - 128) * chroma, r = (cr[i] - 128) * chroma;
        rgb[3 * i] = to_byte(luma + r_cr * r);
        rgb[3 * i + 1] = to_byte(luma + g_cb * b + g_cr * r);
        rgb[3 * i + 2] = to_byte(luma + b_cb * b);
    }
}

static void to_gray(const uint8_t *y, size_t count, cfs_yuv yuv, uint8_t *gray) {
    const float black = (float)yuv.black, stretch = (float)yuv.luma;
    for (size_t i = 0; i < count; i++) gray[i] = to_byte((y[i] - black) * stretch);
}

static int resample_plane(const uint8_t *source, int stride, int source_width, int source_height, int width, int height,
                          uint8_t *target) {
    cfs_resampler *resampler;
    int code = cfs_resampler_create(source_width, source_height, 1, width, height, &resampler);
    if (code < 0) return code;
    cfs_resampler_add(resampler, source, stride, source_height);
    code = cfs_resampler_finish(resampler, target, width);
    cfs_resampler_free(&resampler);
    return code;
}

static int shrink_yuv(const AVFrame *frame, bool gray, int width, int height, uint8_t *pixels) {
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    size_t area = (size_t)width * (size_t)height;
    uint8_t *planes = av_malloc_array(area, 3);
    if (!planes) return AVERROR(ENOMEM);
    int count = gray ? 1 : descriptor->nb_components, code = 0;
    for (int i = 0; i < count && !code; i++) {
        int plane_width = i ? AV_CEIL_RSHIFT(frame->width, descriptor->log2_chroma_w) : frame->width;
        int plane_height = i ? AV_CEIL_RSHIFT(frame->height, descriptor->log2_chroma_h) : frame->height;
        code = resample_plane(
            frame->data[i], frame->linesize[i], plane_width, plane_height, width, height, planes + area * (size_t)i);
    }
    if (count == 1) memset(planes + area, 128, 2 * area);
    cfs_yuv yuv = cfs_yuv_of(cfs_frame_matrix(frame), cfs_frame_is_full_range(frame));
    if (!code && gray) to_gray(planes, area, yuv, pixels);
    else if (!code) to_rgb(planes, planes + area, planes + 2 * area, (int)area, yuv, pixels);
    av_free(planes);
    return code;
}

// Rows that are converted to RGB at a time, where each row can be converted by itself.
enum { band_rows = 128 };

static bool has_rows_of_its_own(const AVFrame *frame) {
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    return descriptor && descriptor->log2_chroma_h == 0 && !cfs_frame_is_hdr(frame) && !cfs_frame_interlaced(frame);
}

// `rows` rows of the frame from row `first` on, as a frame that borrows them.
static void take_band(const AVFrame *frame, int first, int rows, AVFrame *band) {
    bool palette = frame->format == AV_PIX_FMT_PAL8;
    for (int i = 0; i < AV_NUM_DATA_POINTERS && frame->data[i]; i++)
        band->data[i] = frame->data[i] + (palette && i == 1 ? 0 : (ptrdiff_t)first * frame->linesize[i]);
    band->height = rows;
    cfs_frame_keep_matrix(band, frame);
}

static int add_bands(const AVFrame *frame, AVFrame *band, AVFrame *rgb, cfs_resampler *resampler) {
    int code = 0;
    for (int first = 0; first < frame->height && code >= 0; first += rgb->height) {
        rgb->height = FFMIN(rgb->height, frame->height - first);
        take_band(frame, first, rgb->height, band);
        code = cfs_scale(band, rgb);
        if (code >= 0) cfs_resampler_add(resampler, rgb->data[0], rgb->linesize[0], rgb->height);
    }
    return code;
}

// RGB24 of any other picture. Of the picture at its full size only a band is held in RGB, where that is possible.
static int resample_rgb(const AVFrame *frame, int width, int height, uint8_t *rgb) {
    cfs_resampler *resampler = NULL;
    int code = cfs_resampler_create(frame->width, frame->height, 3, width, height, &resampler);
    if (code < 0) return code;
    if (frame->format == AV_PIX_FMT_RGB24) {
        cfs_resampler_add(resampler, frame->data[0], frame->linesize[0], frame->height);
    } else {
        int rows = has_rows_of_its_own(frame) ? FFMIN(band_rows, frame->height) : frame->height;
        AVFrame *band = av_frame_clone(frame), *converted = cfs_frame_make(AV_PIX_FMT_RGB24, frame->width, rows);
        code = band && converted ? add_bands(frame, band, converted, resampler) : AVERROR(ENOMEM);
        av_frame_free(&band);
        av_frame_free(&converted);
    }
    if (code >= 0) code = cfs_resampler_finish(resampler, rgb, 3 * (ptrdiff_t)width);
    cfs_resampler_free(&resampler);
    return code;
}

int cfs_shrink(const AVFrame *frame, bool gray, int width, int height, uint8_t *pixels) {
    if (is_planar_yuv(frame) && !cfs_frame_is_hdr(frame) && !cfs_frame_interlaced(frame))
        return shrink_yuv(frame, gray, width, height, pixels);
    size_t area = (size_t)width * (size_t)height;
    uint8_t *rgb = gray ? av_malloc_array(area, 3) : pixels;
    if (!rgb) return AVERROR(ENOMEM);
    int code = resample_rgb(frame, width, height, rgb);
    if (!gray) return code;
    cfs_yuv luma = cfs_yuv_of(CFS_JPEG_MATRIX, true);
    float r = (float)luma.kr, g = (float)luma.kg, b = (float)luma.kb;
    for (size_t i = 0; i < area && code >= 0; i++)
        pixels[i] = to_byte(r * rgb[3 * i] + g * rgb[3 * i + 1] + b * rgb[3 * i + 2]);
    av_free(rgb);
    return code;
}
