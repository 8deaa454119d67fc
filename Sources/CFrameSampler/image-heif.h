// HEIC and AVIF, by libheif.
#pragma once

#include "image-library.h"

extern const cfs_image_library cfs_image_by_heif;
