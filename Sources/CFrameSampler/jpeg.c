// JPEG, by libturbojpeg.
#include <turbojpeg.h>

#include "picture.h"
#include "scale.h"
#include "yuv.h"

static const int sampling = TJSAMP_420;

// A planar full-range BT.601 picture, which is what a JPEG holds, turned upright. There is room for even sides.
typedef struct planar {
    uint8_t *planes[4];
    int strides[4];
    int width, height;
} planar;

static int allocate(planar *image, int width, int height) {
    *image = (planar){.width = width, .height = height};
    return av_image_alloc(
        image->planes, image->strides, FFALIGN(width, 2), FFALIGN(height, 2), AV_PIX_FMT_YUVJ420P, 32);
}

static int turn_upright(cfs_orientation from, planar *image) {
    if (cfs_is_upright(from)) return 0;
    bool sideways = cfs_is_sideways(from);
    planar upright;
    int code = allocate(&upright, sideways ? image->height : image->width, sideways ? image->width : image->height);
    if (code < 0) return code;
    for (int i = 0; i < 3; i++) {
        int width = i ? (image->width + 1) / 2 : image->width, height = i ? (image->height + 1) / 2 : image->height;
        cfs_plane source = {image->planes[i], image->strides[i]}, target = {upright.planes[i], upright.strides[i]};
        cfs_turn(from, source, width, height, 1, target);
    }
    av_freep(&image->planes[0]);
    *image = upright;
    return 0;
}

// libturbojpeg reads luma up to even sides: the last column and row stand there again.
static void pad(const planar *image) {
    int width = image->width, height = image->height, stride = image->strides[0];
    uint8_t *luma = image->planes[0];
    if (width % 2) {
        for (ptrdiff_t y = 0; y < height; y++) luma[y * stride + width] = luma[y * stride + width - 1];
    }
    if (height % 2)
        memcpy(luma + (ptrdiff_t)height * stride, luma + (ptrdiff_t)(height - 1) * stride, FFALIGN(width, 2));
}

static int compress(const planar *image, int quality, uint8_t **data, size_t *size) {
    tjhandle handle = tjInitCompress();
    if (!handle) return AVERROR(ENOMEM);
    pad(image);
    unsigned long length = 0;
    const uint8_t *planes[3] = {image->planes[0], image->planes[1], image->planes[2]};
    int code = tjCompressFromYUVPlanes(
        handle, planes, image->width, image->strides, image->height, sampling, data, &length, quality, 0);
    tjDestroy(handle);
    *size = length;
    return code < 0 ? AVERROR_EXTERNAL : 0;
}

int cfs_picture_jpeg(const cfs_picture *picture, int32_t max_side, int quality, uint8_t **data, size_t *size) {
    *data = NULL;
    *size = 0;
    int32_t width, height;
    cfs_picture_upright_size(picture, &width, &height);
    int32_t longest = width > height ? width : height;
    if (max_side > 0 && longest > max_side) {
        width = (int32_t)FFMAX(1, av_rescale(width, max_side, longest));
        height = (int32_t)FFMAX(1, av_rescale(height, max_side, longest));
    }
    bool sideways = cfs_is_sideways(picture->orientation);
    planar image;
    int code = allocate(&image, sideways ? height : width, sideways ? width : height);
    if (code < 0) return code;
    bool own_size = image.width == picture->frame->width && image.height == picture->frame->height;
    code = own_size && cfs_yuv_is_direct(picture->frame)
        ? cfs_yuv_to_jpeg(picture->frame, image.planes, image.strides)
        : cfs_scale(picture->frame, AV_PIX_FMT_YUVJ420P, image.width, image.height, image.planes, image.strides);
    if (code >= 0) code = turn_upright(picture->orientation, &image);
    if (code >= 0) code = compress(&image, quality, data, size);
    av_freep(&image.planes[0]);
    if (code < 0) {
        cfs_jpeg_free(*data);
        *data = NULL;
    }
    return code;
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
    int code = encode(rgb, width, height, quality, 0, data, size);
    if (code == 0) return 0;
    cfs_jpeg_free(*data);
    *data = NULL;
    return code;
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
