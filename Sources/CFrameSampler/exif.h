// How a picture lies, as Exif and TIFF say.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "turn.h"

// What a block of Exif says, which is a TIFF of its own. False when it says nothing; `orientation` stays as it is then.
bool cfs_exif_orientation(const uint8_t *bytes, size_t size, cfs_orientation *orientation);

// Likewise of a number as Exif counts: 1…8.
bool cfs_exif_orientation_of(uint32_t number, cfs_orientation *orientation);
