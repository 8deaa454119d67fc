#include "frame-color.h"

bool cfs_frame_is_pq(const AVFrame *frame) { return frame->color_trc == AVCOL_TRC_SMPTE2084; }

bool cfs_frame_is_hdr(const AVFrame *frame) {
    return cfs_frame_is_pq(frame) || frame->color_trc == AVCOL_TRC_ARIB_STD_B67;
}

static enum AVColorSpace stated_or_likely(enum AVColorSpace stated, const AVFrame *whole) {
    enum { least_hd_rows = 720 };
    return stated == AVCOL_SPC_UNSPECIFIED && whole->height >= least_hd_rows ? AVCOL_SPC_BT709 : stated;
}

void cfs_frame_keep_matrix(AVFrame *part, const AVFrame *whole) {
    part->colorspace = stated_or_likely(part->colorspace, whole);
}

int cfs_frame_matrix(const AVFrame *frame) {
    switch (stated_or_likely(frame->colorspace, frame)) {
    case AVCOL_SPC_BT709: return SWS_CS_ITU709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL: return SWS_CS_BT2020;
    case AVCOL_SPC_SMPTE240M: return SWS_CS_SMPTE240M;
    case AVCOL_SPC_FCC: return SWS_CS_FCC;
    default: return SWS_CS_ITU601;
    }
}

enum AVPixelFormat cfs_format_without_range(enum AVPixelFormat format) {
    switch (format) {
    case AV_PIX_FMT_YUVJ420P: return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P: return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P: return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P: return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P: return AV_PIX_FMT_YUV411P;
    default: return format;
    }
}

bool cfs_frame_is_full_range(const AVFrame *frame) {
    enum AVPixelFormat format = frame->format;
    bool is_full_unless_told = format == AV_PIX_FMT_GRAY8 || cfs_format_without_range(format) != format;
    return is_full_unless_told ? frame->color_range != AVCOL_RANGE_MPEG : frame->color_range == AVCOL_RANGE_JPEG;
}

// Kr and Kb of ITU-R BT.601, BT.709, BT.2020 and SMPTE 240M.
static void luma_weights(int matrix, double *kr, double *kb) {
    switch (matrix) {
    case SWS_CS_ITU709: *kr = 0.2126, *kb = 0.0722; break;
    case SWS_CS_BT2020: *kr = 0.2627, *kb = 0.0593; break;
    case SWS_CS_SMPTE240M: *kr = 0.212, *kb = 0.087; break;
    default: *kr = 0.299, *kb = 0.114; break;
    }
}

// G − Y follows from R − Y and B − Y, since Kr·R + Kg·G + Kb·B = Y.
cfs_yuv cfs_yuv_of(int matrix, bool full_range) {
    double kr, kb;
    luma_weights(matrix, &kr, &kb);
    double kg = 1 - kr - kb, r_cr = 2 * (1 - kr), b_cb = 2 * (1 - kb);
    return (cfs_yuv){
        .kr = kr,
        .kg = kg,
        .kb = kb,
        .r_cr = r_cr,
        .g_cb = -kb * b_cb / kg,
        .g_cr = -kr * r_cr / kg,
        .b_cb = b_cb,
        .black = full_range ? 0 : 16,
        .luma = full_range ? 1 : 255.0 / 219,
        .chroma = full_range ? 1 : 255.0 / 224,
    };
}
