// What tells a camera's raw file from another TIFF.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether bytes that begin as a TIFF are what a camera's sensor saw: a DNG, a CR2, or any whose directories name a
// pattern of color filters.
bool cfs_tiff_is_raw(const uint8_t *bytes, size_t size);

// Whether data that a directory of such a file names lie beyond its end.
bool cfs_tiff_ends_early(const uint8_t *bytes, size_t size);

// Whether what the first directory of such a file holds besides colors is alpha.
typedef enum cfs_tiff_alpha {
    cfs_tiff_no_alpha, // it may hold more components, but does not say what they are
    cfs_tiff_straight_alpha,
    cfs_tiff_premultiplied_alpha,
} cfs_tiff_alpha;

cfs_tiff_alpha cfs_tiff_alpha_of(const uint8_t *bytes, size_t size);

// What the first directory of such a file holds, which programs show that know nothing of cameras.
typedef enum cfs_tiff_beginning {
    cfs_tiff_nothing, // what the sensor saw, which they do not show; or a JPEG, which is the camera's preview
    cfs_tiff_reduced, // a picture that says of itself that it is reduced
    cfs_tiff_picture, // another picture
} cfs_tiff_beginning;

cfs_tiff_beginning cfs_tiff_begins_with(const uint8_t *bytes, size_t size);
