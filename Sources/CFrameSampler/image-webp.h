// WEBP, by libwebp. Of an animation each frame as a viewer sees it, put together from those before it.
#pragma once

#include "image-library.h"

extern const cfs_image_library cfs_image_by_webp;
