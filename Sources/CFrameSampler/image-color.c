#include "image-color.h"

#include <lcms2.h>

#include "frame-color.h"
#include "swscale.h"
#include "transparency.h"

// MARK: Profiles of stated colors

// ITU-T H.273 tables 2 and 3: x and y of red, green, blue and white. NULL where a viewer sees no difference to sRGB.
static const double *primaries_of(enum AVColorPrimaries stated) {
    static const double d65[] = {0.3127, 0.3290};
    static const double bt2020[] = {0.708, 0.292, 0.170, 0.797, 0.131, 0.046, d65[0], d65[1]};
    static const double dci[] = {0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351};
    static const double display_p3[] = {0.680, 0.320, 0.265, 0.690, 0.150, 0.060, d65[0], d65[1]};
    switch (stated) {
    case AVCOL_PRI_BT2020: return bt2020;
    case AVCOL_PRI_SMPTE431: return dci;
    case AVCOL_PRI_SMPTE432: return display_p3;
    default: return NULL;
    }
}

// The transfers of cameras (BT.709 and its like) are shown as sRGB's.
static double gamma_of(enum AVColorTransferCharacteristic stated) {
    switch (stated) {
    case AVCOL_TRC_GAMMA22: return 2.2;
    case AVCOL_TRC_GAMMA28: return 2.8;
    case AVCOL_TRC_LINEAR: return 1;
    default: return 0;
    }
}

static cmsHPROFILE stated_profile(const AVFrame *frame) {
    static const double srgb[] = {0.640, 0.330, 0.300, 0.600, 0.150, 0.060, 0.3127, 0.3290};
    static const double srgb_curve[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    const double *xy = primaries_of(frame->color_primaries);
    double gamma = gamma_of(frame->color_trc);
    if (!xy && gamma == 0) return NULL;
    if (!xy) xy = srgb;
    cmsCIExyY white = {xy[6], xy[7], 1};
    cmsCIExyYTRIPLE primaries = {{xy[0], xy[1], 1}, {xy[2], xy[3], 1}, {xy[4], xy[5], 1}};
    cmsToneCurve *curve = gamma > 0 ? cmsBuildGamma(NULL, gamma) : cmsBuildParametricToneCurve(NULL, 4, srgb_curve);
    if (!curve) return NULL;
    cmsToneCurve *curves[] = {curve, curve, curve};
    cmsHPROFILE profile = cmsCreateRGBProfile(&white, &primaries, curves);
    cmsFreeToneCurve(curve);
    return profile;
}

// MARK: Conversion

static bool is_deep(const AVFrame *frame) {
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    return descriptor && descriptor->comp[0].depth > 8;
}

// What Little CMS is to convert from: gray for a profile of gray, else RGB.
static enum AVPixelFormat source_format(const AVFrame *frame, cmsHPROFILE profile) {
    bool is_gray = cmsGetColorSpace(profile) == cmsSigGrayData;
    if (is_deep(frame)) return is_gray ? AV_PIX_FMT_GRAY16 : AV_PIX_FMT_RGB48;
    return is_gray ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_RGB24;
}

static cmsHTRANSFORM make_transform(cmsHPROFILE profile, enum AVPixelFormat source) {
    cmsHPROFILE srgb = cmsCreate_sRGBProfile();
    if (!srgb) return NULL;
    cmsUInt32Number type = source == AV_PIX_FMT_GRAY16 ? TYPE_GRAY_16
        : source == AV_PIX_FMT_GRAY8                   ? TYPE_GRAY_8
        : source == AV_PIX_FMT_RGB48                   ? TYPE_RGB_16
                                                       : TYPE_RGB_8;
    cmsHTRANSFORM transform = cmsCreateTransform(profile, type, srgb, TYPE_RGB_8, INTENT_PERCEPTUAL, cmsFLAGS_NOCACHE);
    cmsCloseProfile(srgb);
    return transform;
}

static int convert_rows(const AVFrame *frame, enum AVPixelFormat format, cmsHTRANSFORM transform, AVFrame *target) {
    AVFrame *source = cfs_frame_make(format, frame->width, frame->height);
    int code = source ? cfs_swscale(frame, source) : AVERROR(ENOMEM);
    if (code >= 0)
        cmsDoTransformLineStride(transform, source->data[0], target->data[0], (cmsUInt32Number)frame->width,
                                 (cmsUInt32Number)frame->height, (cmsUInt32Number)source->linesize[0],
                                 (cmsUInt32Number)target->linesize[0], 0, 0);
    av_frame_free(&source);
    return code < 0 ? code : 0;
}

// What the frame says of itself but for its colors, which are sRGB's.
static int copy_statements(const AVFrame *frame, AVFrame *target) {
    int code = av_frame_copy_props(target, frame);
    av_frame_remove_side_data(target, AV_FRAME_DATA_ICC_PROFILE);
    target->color_range = AVCOL_RANGE_JPEG;
    target->color_primaries = AVCOL_PRI_BT709;
    target->color_trc = AVCOL_TRC_IEC61966_2_1;
    target->colorspace = AVCOL_SPC_RGB;
    return code;
}

static int convert_with(AVFrame **frame, enum AVPixelFormat format, cmsHTRANSFORM transform) {
    AVFrame *target = cfs_frame_make(AV_PIX_FMT_RGB24, (*frame)->width, (*frame)->height);
    int code = target ? convert_rows(*frame, format, transform, target) : AVERROR(ENOMEM);
    if (code >= 0) code = copy_statements(*frame, target);
    if (code >= 0) FFSWAP(AVFrame *, *frame, target);
    av_frame_free(&target);
    return code < 0 ? code : 0;
}

// Closes `profile`.
static int convert(AVFrame **frame, cmsHPROFILE profile) {
    enum AVPixelFormat format = source_format(*frame, profile);
    cmsHTRANSFORM transform = make_transform(profile, format);
    cmsCloseProfile(profile);
    if (!transform) return 0;
    int code = cfs_frame_put_on_white(frame, cfs_alpha_straight);
    if (code == 0) code = convert_with(frame, format, transform);
    cmsDeleteTransform(transform);
    return code;
}

int cfs_color_from_profile(AVFrame **frame, const uint8_t *bytes, size_t size) {
    cmsHPROFILE profile = cmsOpenProfileFromMem(bytes, (cmsUInt32Number)size);
    return profile ? convert(frame, profile) : 0;
}

int cfs_color_from_own_profile(AVFrame **frame) {
    const AVFrameSideData *profile = av_frame_get_side_data(*frame, AV_FRAME_DATA_ICC_PROFILE);
    return profile ? cfs_color_from_profile(frame, profile->data, profile->size) : 0;
}

int cfs_color_from_statement(AVFrame **frame) {
    if (cfs_frame_is_hdr(*frame)) return 0;
    cmsHPROFILE profile = stated_profile(*frame);
    return profile ? convert(frame, profile) : 0;
}

// Little CMS writes the time into each profile that it makes, for which the C library reads the time zone once.
void cfs_color_prepare(void) {
    cmsHPROFILE srgb = cmsCreate_sRGBProfile();
    if (srgb) cmsCloseProfile(srgb);
}
