// Cameras' raw files, by LibRaw: what the sensor saw, after it the preview that the camera made of it, and what the
// file is for programs that know nothing of cameras: many show these instead.
#pragma once

#include "image-library.h"

extern const cfs_image_library cfs_image_by_raw;
