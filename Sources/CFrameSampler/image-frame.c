#include "image-frame.h"

#include "memory.h"
#include "picture.h"

int cfs_image_reserve(const cfs_image_file *file, enum AVPixelFormat format, int width, int height, int64_t extra,
                      AVFrame **frame) {
    *frame = NULL;
    if (width < 1 || height < 1) return CFS_ERROR_BROKEN_IMAGE;
    if ((int64_t)width * height > file->max_pixels) return CFS_ERROR_TOO_MANY_PIXELS;
    AVFrame *made = av_frame_alloc();
    if (!made) return AVERROR(ENOMEM);
    made->format = format;
    made->width = width;
    made->height = height;
    int code = cfs_memory_charge(cfs_memory_image, made, extra, file->cancelled);
    if (code < 0) av_frame_free(&made);
    *frame = made;
    return code;
}

int cfs_image_hand_out(AVFrame *frame, cfs_picture **picture) {
    // What decoding needed besides is free again.
    if (cfs_memory_count(cfs_memory_image, frame) < 0) {
        av_frame_free(&frame);
        return AVERROR(ENOMEM);
    }
    *picture = cfs_picture_create(frame, NULL);
    return *picture ? 1 : AVERROR(ENOMEM);
}
