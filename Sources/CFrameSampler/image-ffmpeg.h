// The images that FFmpeg decodes. A much larger JPEG is decoded at less than its size.
#pragma once

#include "image-library.h"

extern const cfs_image_library cfs_image_by_ffmpeg;
