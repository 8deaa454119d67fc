#include "yuv.h"

#include <math.h>

#include "frame-color.h"

// swscale goes through RGB for this (10 ms for a 1080p picture); with both sides 4:2:0 it is two sums a pixel. Grey is
// grey under every matrix, so the new chroma depends on the old chroma alone, and the new luma on the old one plus a
// small share of chroma.
enum { fraction_bits = 14 };

typedef struct coefficients {
    int32_t luma, luma_cb, luma_cr; // new Y = luma·(Y − black) + luma_cb·Cb + luma_cr·Cr
    int32_t cb_cb, cb_cr, cr_cb, cr_cr;
    int32_t black;
} coefficients;

// Kr and Kb of ITU-R BT.601, BT.709 and BT.2020.
static bool luma_weights(int matrix, double *kr, double *kb) {
    switch (matrix) {
    case SWS_CS_ITU601: *kr = 0.299, *kb = 0.114; return true;
    case SWS_CS_ITU709: *kr = 0.2126, *kb = 0.0722; return true;
    case SWS_CS_BT2020: *kr = 0.2627, *kb = 0.0593; return true;
    default: return false;
    }
}

static int32_t fixed(double value) { return (int32_t)lround(value * (1 << fraction_bits)); }

static coefficients make_coefficients(const AVFrame *frame, bool full_range) {
    double kr = 0.299, kb = 0.114;
    luma_weights(cfs_frame_matrix(frame), &kr, &kb);
    const double r601 = 0.299, b601 = 0.114, g601 = 1 - r601 - b601, kg = 1 - kr - kb;
    // Chroma (−½…½) to colour differences: R−Y, B−Y, and G−Y, which follows from Kr·R + Kg·G + Kb·B = Y.
    double r_cr = 2 * (1 - kr), b_cb = 2 * (1 - kb), g_cb = -kb * b_cb / kg, g_cr = -kr * r_cr / kg;
    double y_cb = g601 * g_cb + b601 * b_cb, y_cr = r601 * r_cr + g601 * g_cr;
    double range_luma = full_range ? 1 : 255.0 / 219, range_chroma = full_range ? 1 : 255.0 / 224;
    return (coefficients){
        .luma = fixed(range_luma),
        .luma_cb = fixed(y_cb * range_chroma),
        .luma_cr = fixed(y_cr * range_chroma),
        .cb_cb = fixed((b_cb - y_cb) / (2 * (1 - b601)) * range_chroma),
        .cb_cr = fixed(-y_cr / (2 * (1 - b601)) * range_chroma),
        .cr_cb = fixed(-y_cb / (2 * (1 - r601)) * range_chroma),
        .cr_cr = fixed((r_cr - y_cr) / (2 * (1 - r601)) * range_chroma),
        .black = full_range ? 0 : 16,
    };
}

bool cfs_yuv_is_direct(const AVFrame *frame) {
    double kr = 0.299, kb = 0.114;
    bool planar = frame->format == AV_PIX_FMT_YUV420P || frame->format == AV_PIX_FMT_YUVJ420P;
    return planar && !cfs_frame_interlaced(frame) && !cfs_frame_is_hdr(frame)
        && luma_weights(cfs_frame_matrix(frame), &kr, &kb);
}

// The loops below are what a compiler vectorises; where the processor has AVX2, twice as wide.
#if defined(__x86_64__) && defined(__clang__)
#define CFS_VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define CFS_VECTORISED
#endif

static inline uint8_t clamp8(int32_t value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

CFS_VECTORISED
static void convert_chroma(const uint8_t *restrict cb, const uint8_t *restrict cr, int width, coefficients k,
                           uint8_t *restrict new_cb, uint8_t *restrict new_cr, int32_t *restrict luma_share) {
    const int32_t half = 1 << (fraction_bits - 1), centre = 128 << fraction_bits;
    for (int x = 0; x < width; x++) {
        int32_t b = cb[x] - 128, r = cr[x] - 128;
        new_cb[x] = clamp8((k.cb_cb * b + k.cb_cr * r + centre + half) >> fraction_bits);
        new_cr[x] = clamp8((k.cr_cb * b + k.cr_cr * r + centre + half) >> fraction_bits);
        luma_share[x] = k.luma_cb * b + k.luma_cr * r + half - k.luma * k.black;
    }
}

CFS_VECTORISED
static void convert_luma(const uint8_t *restrict luma, const int32_t *restrict share, int pairs, int32_t factor,
                         uint8_t *restrict result) {
    for (int x = 0; x < pairs; x++) {
        result[2 * x] = clamp8((factor * luma[2 * x] + share[x]) >> fraction_bits);
        result[2 * x + 1] = clamp8((factor * luma[2 * x + 1] + share[x]) >> fraction_bits);
    }
}

int cfs_yuv_to_jpeg(const AVFrame *frame, uint8_t *const planes[4], const int strides[4]) {
    bool full_range = cfs_frame_is_full_range(frame);
    coefficients k = make_coefficients(frame, full_range);
    int width = frame->width, height = frame->height, chroma_width = (width + 1) / 2;
    int32_t *share = av_malloc_array((size_t)chroma_width, sizeof *share);
    if (!share) return AVERROR(ENOMEM);
    for (int y = 0; y < height; y++) {
        if (y % 2 == 0) {
            ptrdiff_t row = y / 2;
            convert_chroma(frame->data[1] + row * frame->linesize[1], frame->data[2] + row * frame->linesize[2],
                           chroma_width, k, planes[1] + row * strides[1], planes[2] + row * strides[2], share);
        }
        const uint8_t *luma = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        uint8_t *result = planes[0] + (ptrdiff_t)y * strides[0];
        convert_luma(luma, share, width / 2, k.luma, result);
        if (width % 2) result[width - 1] = clamp8((k.luma * luma[width - 1] + share[width / 2]) >> fraction_bits);
    }
    av_free(share);
    return 0;
}
