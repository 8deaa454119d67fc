// Pictures of any format, size, field order and orientation, as judges and reports want them. What lies beyond a
// picture's planes is neither touched nor seen in the result.
#include "picture.h"

#include <libavutil/pixfmt.h>

#include "guarded-frame.h"
#include "input.h"

static const enum AVPixelFormat formats[] = {
    AV_PIX_FMT_YUV420P,      AV_PIX_FMT_YUVJ420P,    AV_PIX_FMT_YUV422P,     AV_PIX_FMT_YUVJ422P,
    AV_PIX_FMT_YUV444P,      AV_PIX_FMT_YUVJ444P,    AV_PIX_FMT_YUV410P,     AV_PIX_FMT_YUV411P,
    AV_PIX_FMT_YUVJ411P,     AV_PIX_FMT_YUV440P,     AV_PIX_FMT_YUVJ440P,    AV_PIX_FMT_NV12,
    AV_PIX_FMT_NV21,         AV_PIX_FMT_NV16,        AV_PIX_FMT_NV24,        AV_PIX_FMT_GRAY8,
    AV_PIX_FMT_YA8,          AV_PIX_FMT_GRAY16LE,    AV_PIX_FMT_GRAY16BE,    AV_PIX_FMT_GRAY10LE,
    AV_PIX_FMT_GRAY12LE,     AV_PIX_FMT_YA16BE,      AV_PIX_FMT_PAL8,        AV_PIX_FMT_RGB24,
    AV_PIX_FMT_BGR24,        AV_PIX_FMT_BGRA,        AV_PIX_FMT_ARGB,        AV_PIX_FMT_RGBA,
    AV_PIX_FMT_0RGB,         AV_PIX_FMT_BGR0,        AV_PIX_FMT_RGB48LE,     AV_PIX_FMT_RGB48BE,
    AV_PIX_FMT_RGBA64BE,     AV_PIX_FMT_RGBA64LE,    AV_PIX_FMT_YUVA420P,    AV_PIX_FMT_YUVA422P,
    AV_PIX_FMT_YUVA444P,     AV_PIX_FMT_YUV420P9LE,  AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE,
    AV_PIX_FMT_YUV444P10LE,  AV_PIX_FMT_YUV440P10LE, AV_PIX_FMT_YUV420P12LE, AV_PIX_FMT_YUV422P12LE,
    AV_PIX_FMT_YUV444P12LE,  AV_PIX_FMT_YUV420P16LE, AV_PIX_FMT_YUV444P16LE, AV_PIX_FMT_YUVA444P10LE,
    AV_PIX_FMT_YUVA444P12LE, AV_PIX_FMT_P010LE,      AV_PIX_FMT_P016LE,      AV_PIX_FMT_GBRP,
    AV_PIX_FMT_GBRP10LE,     AV_PIX_FMT_GBRP12LE,    AV_PIX_FMT_GBRP16LE,    AV_PIX_FMT_GBRAP,
    AV_PIX_FMT_GBRAP12LE,    AV_PIX_FMT_GBRPF32LE,   AV_PIX_FMT_GBRAPF32LE,  AV_PIX_FMT_MONOBLACK,
    AV_PIX_FMT_MONOWHITE,    AV_PIX_FMT_YUYV422,     AV_PIX_FMT_UYVY422,     AV_PIX_FMT_UYYVYY411,
    AV_PIX_FMT_RGB555LE,     AV_PIX_FMT_RGB565LE,    AV_PIX_FMT_RGB565BE,    AV_PIX_FMT_BGR8,
    AV_PIX_FMT_RGB8,         AV_PIX_FMT_RGB4_BYTE,   AV_PIX_FMT_BAYER_RGGB8, AV_PIX_FMT_BAYER_RGGB16LE,
    AV_PIX_FMT_XYZ12LE,      AV_PIX_FMT_X2RGB10LE,
};
enum { format_count = sizeof formats / sizeof *formats, largest_side = 70 };
static const int64_t most_ns = 500000000;

static void set_colours(AVFrame *frame, fuzz_input *input) {
    static const enum AVColorTransferCharacteristic transfers[] = {
        AVCOL_TRC_UNSPECIFIED, AVCOL_TRC_BT709, AVCOL_TRC_SMPTE2084, AVCOL_TRC_ARIB_STD_B67};
    static const enum AVColorSpace matrices[] = {AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_BT709,     AVCOL_SPC_SMPTE170M,
                                                 AVCOL_SPC_BT2020_NCL,  AVCOL_SPC_SMPTE240M, AVCOL_SPC_RGB,
                                                 AVCOL_SPC_YCGCO,       AVCOL_SPC_FCC};
    uint8_t colours = (uint8_t)fuzz_take(input, 1);
    frame->color_range = colours & 3; // 3 is none that exists
    frame->color_trc = transfers[colours >> 2 & 3];
    frame->colorspace = matrices[colours >> 4 & 7];
}

// The eight ways to hold a picture, or any matrix that a file may claim.
static void set_orientation(AVFrame *frame, fuzz_input *input) {
    uint8_t kind = (uint8_t)fuzz_take(input, 1);
    if (kind == 0) return;
    AVFrameSideData *data = av_frame_new_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX, 9 * sizeof(int32_t));
    if (!data) abort();
    int32_t *matrix = (int32_t *)data->data;
    av_display_rotation_set(matrix, 90 * (kind & 3));
    if (kind & 4) av_display_matrix_flip(matrix, 1, 0);
    if (kind & 8)
        for (int i = 0; i < 9; i++) matrix[i] = (int32_t)fuzz_take(input, 4);
}

// swscale takes Bayer's squares of 2 × 2 pixels apart; of a picture with halves of them it makes anything, or nothing.
static bool has_halves(const AVFrame *frame) {
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    return descriptor->flags & AV_PIX_FMT_FLAG_BAYER && (frame->width % 2 || frame->height % 2);
}

static void render(const cfs_picture *picture, cfs_layout layout, int width, int height, guarded_memory pixels) {
    int code = cfs_picture_render(picture, layout, width, height, pixels.bytes);
    FUZZ_REQUIRE(
        code == 0 || has_halves(picture->frame), "error %d for %s", code, cfs_picture_describe(picture).pixel_format);
}

// Renders twice, with other bytes beyond the planes: the result is the same.
static void check_render(cfs_picture *picture, fuzz_input pixels, cfs_layout layout, int width, int height) {
    size_t size = (size_t)width * (size_t)height * (layout == CFS_LAYOUT_GRAY8 ? 1 : 3);
    guarded_memory first = guarded_allocate(size, 0), second = guarded_allocate(size, 0);
    guarded_fill(picture->frame, pixels.bytes, pixels.size, 0);
    render(picture, layout, width, height, first);
    guarded_fill(picture->frame, pixels.bytes, pixels.size, 0xff);
    render(picture, layout, width, height, second);
    bool is_same = memcmp(first.bytes, second.bytes, size) == 0;
    FUZZ_REQUIRE(is_same || has_halves(picture->frame), "%s %d × %d: the result shows what lies beyond it",
                 cfs_picture_describe(picture).pixel_format, picture->frame->width, picture->frame->height);
    guarded_free(first);
    guarded_free(second);
}

static void check_jpeg(const cfs_picture *picture, int max_side, int quality) {
    uint8_t *data = NULL;
    size_t size = 0;
    int code = cfs_picture_jpeg(picture, max_side, quality, &data, &size);
    if (code < 0 && has_halves(picture->frame)) return;
    FUZZ_REQUIRE(code == 0, "error %d for %s", code, cfs_picture_describe(picture).pixel_format);
    FUZZ_REQUIRE(size > 4 && data[0] == 0xff && data[1] == 0xd8, "not a JPEG");
    cfs_jpeg_free(data);
}

static void check_copy(const cfs_picture *picture) {
    int64_t size = cfs_picture_decoded_size(picture);
    FUZZ_REQUIRE(size > 0, "%lld bytes", (long long)size);
    guarded_memory copy = guarded_allocate((size_t)size, 0);
    FUZZ_REQUIRE(cfs_picture_copy_decoded(picture, copy.bytes, size) == size, "not all was copied");
    FUZZ_REQUIRE(cfs_picture_copy_decoded(picture, copy.bytes, size - 1) < 0, "more was copied than fits");
    guarded_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    fuzz_input input = {bytes, size};
    av_log_set_level(AV_LOG_QUIET);
    enum AVPixelFormat format = formats[fuzz_below(&input, format_count)];
    int width = 1 + fuzz_below(&input, largest_side), height = 1 + fuzz_below(&input, largest_side);
    uint8_t kind = (uint8_t)fuzz_take(&input, 1);
    AVFrame *frame = guarded_frame(format, width, height, kind & 1);
    if (!frame) return 0;
    if (!sws_isSupportedInput(format)) {
        av_frame_free(&frame);
        return 0;
    }
    guarded_set_fields(frame, (kind >> 1) % 3);
    if (kind & 0x80) frame->sample_aspect_ratio = (AVRational){(int)fuzz_take(&input, 4), (int)fuzz_take(&input, 4)};
    set_colours(frame, &input);
    set_orientation(frame, &input);
    int rendered_width = 1 + fuzz_below(&input, 80), rendered_height = 1 + fuzz_below(&input, 80);
    int max_side = fuzz_below(&input, 100), quality = 1 + fuzz_below(&input, 100);

    int64_t began = fuzz_cpu_ns();
    cfs_picture *picture = cfs_picture_create(frame, NULL);
    if (!picture) abort();
    cfs_picture_info info = cfs_picture_describe(picture);
    FUZZ_REQUIRE(info.width >= 1 && info.height >= 1, "%d × %d", info.width, info.height);
    FUZZ_REQUIRE(info.width <= 4 * largest_side && info.height <= 4 * largest_side, "%d × %d", info.width, info.height);
    FUZZ_REQUIRE(info.rotation % 90 == 0 && info.rotation >= 0 && info.rotation < 360, "%d degrees", info.rotation);
    check_render(picture, input, CFS_LAYOUT_RGB24, rendered_width, rendered_height);
    check_render(picture, input, CFS_LAYOUT_GRAY8, rendered_width, rendered_height);
    check_render(picture, input, CFS_LAYOUT_RGB24, info.width, info.height);
    check_jpeg(picture, max_side, quality);
    check_jpeg(picture, 0, quality);
    check_copy(picture);
    cfs_picture_release(picture);
    FUZZ_REQUIRE(fuzz_cpu_ns() - began < most_ns, "%lld us", (long long)(fuzz_cpu_ns() - began) / 1000);
    FUZZ_REQUIRE(cfs_picture_live_count() == 0, "a picture is left");
    return 0;
}
