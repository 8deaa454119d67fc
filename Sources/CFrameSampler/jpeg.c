// JPEG, by libturbojpeg.
#include <turbojpeg.h>

#include "picture.h"
#include "scale.h"
#include "swscale.h"
#include "yuv.h"

static const int sampling = TJSAMP_420;

// A planar full-range BT.601 picture, which is what a JPEG holds, turned upright.
static int turn_upright(cfs_orientation from, AVFrame **image) {
    if (cfs_is_upright(from)) return 0;
    AVFrame *old = *image;
    bool sideways = cfs_is_sideways(from);
    AVFrame *upright =
        cfs_frame_make(old->format, sideways ? old->height : old->width, sideways ? old->width : old->height);
    if (!upright) return AVERROR(ENOMEM);
    for (int i = 0; i < 3; i++) {
        int width = i ? (old->width + 1) / 2 : old->width, height = i ? (old->height + 1) / 2 : old->height;
        cfs_plane source = {old->data[i], old->linesize[i]}, target = {upright->data[i], upright->linesize[i]};
        cfs_turn(from, source, width, height, 1, target);
    }
    av_frame_free(image);
    *image = upright;
    return 0;
}

// libturbojpeg reads luma up to even sides: the last column and row stand there again. Frames have room for them.
static void pad(const AVFrame *image) {
    ptrdiff_t width = image->width, height = image->height, stride = image->linesize[0];
    uint8_t *luma = image->data[0];
    if (width % 2) {
        for (ptrdiff_t y = 0; y < height; y++) luma[y * stride + width] = luma[y * stride + width - 1];
    }
    if (height % 2) memcpy(luma + height * stride, luma + (height - 1) * stride, (size_t)FFALIGN(width, 2));
}

// `data` has to be freed, also on errors.
static int compress(const AVFrame *image, int quality, uint8_t **data, size_t *size) {
    tjhandle handle = tjInitCompress();
    if (!handle) return AVERROR(ENOMEM);
    pad(image);
    unsigned long length = 0;
    const uint8_t *planes[3] = {image->data[0], image->data[1], image->data[2]};
    int code = tjCompressFromYUVPlanes(
        handle, planes, image->width, image->linesize, image->height, sampling, data, &length, quality, 0);
    tjDestroy(handle);
    *size = length;
    return code < 0 ? AVERROR_EXTERNAL : 0;
}

// Hands on the result of an encoder, which on errors is nothing.
static int finish(int code, uint8_t **data) {
    if (code >= 0) return code;
    cfs_jpeg_free(*data);
    *data = NULL;
    return code;
}

int cfs_picture_jpeg(const cfs_picture *picture, int32_t max_side, int quality, uint8_t **data, size_t *size) {
    *data = NULL;
    *size = 0;
    int32_t width, height;
    cfs_picture_upright_size(picture, &width, &height);
    int32_t longest = FFMAX(width, height);
    if (max_side > 0 && longest > max_side) {
        width = (int32_t)FFMAX(1, av_rescale(width, max_side, longest));
        height = (int32_t)FFMAX(1, av_rescale(height, max_side, longest));
    }
    bool sideways = cfs_is_sideways(picture->orientation);
    AVFrame *image = cfs_frame_make(AV_PIX_FMT_YUVJ420P, sideways ? height : width, sideways ? width : height);
    if (!image) return AVERROR(ENOMEM);
    bool own_size = image->width == picture->frame->width && image->height == picture->frame->height;
    int code = own_size && cfs_yuv_is_direct(picture->frame) ? cfs_yuv_to_jpeg(picture->frame, image)
                                                             : cfs_scale(picture->frame, image);
    if (code >= 0) code = turn_upright(picture->orientation, &image);
    if (code >= 0) code = compress(image, quality, data, size);
    av_frame_free(&image);
    return finish(code, data);
}

void cfs_jpeg_free(uint8_t *data) {
    if (data) tjFree(data);
}

// `data` has to be freed, also on errors.
static int encode(const uint8_t *rgb, int width, int height, int quality, int flags, uint8_t **data, size_t *size) {
    *data = NULL;
    tjhandle encoder = tjInitCompress();
    if (!encoder) return AVERROR(ENOMEM);
    unsigned long written = 0;
    int code = tjCompress2(encoder, rgb, width, 0, height, TJPF_RGB, data, &written, sampling, quality, flags);
    tjDestroy(encoder);
    *size = written;
    return code < 0 ? AVERROR_EXTERNAL : 0;
}

int cfs_jpeg_encode(const uint8_t *rgb, int32_t width, int32_t height, int quality, uint8_t **data, size_t *size) {
    *size = 0;
    return finish(encode(rgb, width, height, quality, 0, data, size), data);
}

int cfs_jpeg_round_trip(uint8_t *rgb, int32_t width, int32_t height, int quality) {
    uint8_t *data;
    size_t size = 0;
    const int exact = TJFLAG_ACCURATEDCT;
    int code = encode(rgb, width, height, quality, exact, &data, &size);
    tjhandle decoder = code < 0 ? NULL : tjInitDecompress();
    if (code == 0 && !decoder) code = AVERROR(ENOMEM);
    if (code == 0 && tjDecompress2(decoder, data, size, rgb, width, 0, height, TJPF_RGB, exact))
        code = AVERROR_EXTERNAL;
    if (decoder) tjDestroy(decoder);
    cfs_jpeg_free(data);
    return code;
}
