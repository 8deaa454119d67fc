#include <math.h>

#include "bytes.h"
#include "frame-color.h"
#include "yuv.h"

// swscale goes through RGB for this (10 ms for a 1080p picture). Where both sides are 4:2:0 it takes two sums a pixel:
// gray is gray under every matrix, so the new chroma depends on the old chroma alone, and the new luma on the old luma
// and a small share of chroma.
enum { fraction_bits = 14 };

typedef struct coefficients {
    int32_t luma, luma_cb, luma_cr; // new Y = luma·(Y − black) + luma_cb·Cb + luma_cr·Cr
    int32_t cb_cb, cb_cr, cr_cb, cr_cr;
    int32_t black;
} coefficients;

static int32_t fixed(double value) { return (int32_t)lround(value * (1 << fraction_bits)); }

static coefficients make_coefficients(const AVFrame *frame) {
    cfs_yuv old = cfs_yuv_of(cfs_frame_matrix(frame), cfs_frame_is_full_range(frame));
    cfs_yuv made = cfs_yuv_of(CFS_JPEG_MATRIX, true);
    double y_cb = made.kg * old.g_cb + made.kb * old.b_cb, y_cr = made.kr * old.r_cr + made.kg * old.g_cr;
    return (coefficients){
        .luma = fixed(old.luma),
        .luma_cb = fixed(y_cb * old.chroma),
        .luma_cr = fixed(y_cr * old.chroma),
        .cb_cb = fixed((old.b_cb - y_cb) / made.b_cb * old.chroma),
        .cb_cr = fixed(-y_cr / made.b_cb * old.chroma),
        .cr_cb = fixed(-y_cb / made.r_cr * old.chroma),
        .cr_cr = fixed((old.r_cr - y_cr) / made.r_cr * old.chroma),
        .black = old.black,
    };
}

bool cfs_yuv_is_direct(const AVFrame *frame) {
    bool is_planar = frame->format == AV_PIX_FMT_YUV420P || frame->format == AV_PIX_FMT_YUVJ420P;
    int matrix = cfs_frame_matrix(frame);
    return is_planar && !cfs_frame_interlaced(frame) && !cfs_frame_is_hdr(frame)
        && (matrix == SWS_CS_ITU601 || matrix == SWS_CS_ITU709 || matrix == SWS_CS_BT2020);
}

CFS_VECTORIZED
static void convert_chroma(const uint8_t *restrict cb, const uint8_t *restrict cr, int width, coefficients k,
                           uint8_t *restrict new_cb, uint8_t *restrict new_cr, int32_t *restrict luma_share) {
    const int32_t half = 1 << (fraction_bits - 1), center = 128 << fraction_bits;
    for (int x = 0; x < width; x++) {
        int32_t b = cb[x] - 128, r = cr[x] - 128;
        new_cb[x] = cfs_to_byte((k.cb_cb * b + k.cb_cr * r + center + half) >> fraction_bits);
        new_cr[x] = cfs_to_byte((k.cr_cb * b + k.cr_cr * r + center + half) >> fraction_bits);
        luma_share[x] = k.luma_cb * b + k.luma_cr * r + half - k.luma * k.black;
    }
}

CFS_VECTORIZED
static void convert_luma(const uint8_t *restrict luma, const int32_t *restrict share, int pairs, int32_t factor,
                         uint8_t *restrict result) {
    for (int x = 0; x < pairs; x++) {
        result[2 * x] = cfs_to_byte((factor * luma[2 * x] + share[x]) >> fraction_bits);
        result[2 * x + 1] = cfs_to_byte((factor * luma[2 * x + 1] + share[x]) >> fraction_bits);
    }
}

int cfs_yuv_to_jpeg(const AVFrame *frame, AVFrame *target) {
    coefficients k = make_coefficients(frame);
    int width = frame->width, height = frame->height, chroma_width = (width + 1) / 2;
    int32_t *share = av_malloc_array((size_t)chroma_width, sizeof *share);
    if (!share) return AVERROR(ENOMEM);
    for (int y = 0; y < height; y++) {
        if (y % 2 == 0) {
            ptrdiff_t row = y / 2;
            convert_chroma(frame->data[1] + row * frame->linesize[1], frame->data[2] + row * frame->linesize[2],
                           chroma_width, k, target->data[1] + row * target->linesize[1],
                           target->data[2] + row * target->linesize[2], share);
        }
        const uint8_t *luma = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        uint8_t *result = target->data[0] + (ptrdiff_t)y * target->linesize[0];
        convert_luma(luma, share, width / 2, k.luma, result);
        if (width % 2) result[width - 1] = cfs_to_byte((k.luma * luma[width - 1] + share[width / 2]) >> fraction_bits);
    }
    av_free(share);
    return 0;
}
