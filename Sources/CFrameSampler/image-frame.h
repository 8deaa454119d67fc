// Frames for the libraries that fill memory of their own.
#pragma once

#include "image-library.h"

// A frame without memory of its own yet, that counts as `format`, `width` × `height` pixels and `extra` bytes besides
// against the memory for images. Ask before anything of the picture is decoded. `frame` is the caller's; NULL on error.
// 0, `CFS_ERROR_TOO_MANY_PIXELS` when it has more pixels than `file` allows, or another error.
int cfs_image_reserve(const cfs_image_file *file, enum AVPixelFormat format, int width, int height, int64_t extra,
                      AVFrame **frame);

// Takes `frame` over, also on failure; from now on it counts as what it has itself. 1 with a picture for the caller, or ENOMEM (an AVERROR).
int cfs_image_hand_out(AVFrame *frame, cfs_picture **picture);
