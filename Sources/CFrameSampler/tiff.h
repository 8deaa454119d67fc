// The directories of TIFFs, and what tells a camera's raw file from another one.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether bytes that begin as a TIFF are what a camera's sensor saw: a DNG, a CR2, or any whose directories name a
// pattern of color filters.
bool cfs_tiff_is_raw(const uint8_t *bytes, size_t size);

// Whether data that a directory of such a file names lie beyond its end.
bool cfs_tiff_ends_early(const uint8_t *bytes, size_t size);

// Whether the first directory of such a file holds a picture, which programs show that know nothing of cameras: neither
// what the sensor saw nor a JPEG, which is the camera's preview.
bool cfs_tiff_begins_with_picture(const uint8_t *bytes, size_t size);

// MARK: Pages

// Whether what a page holds besides colors is alpha.
typedef enum cfs_tiff_alpha {
    cfs_tiff_no_alpha, // it may hold more components, but does not say what they are
    cfs_tiff_straight_alpha,
    cfs_tiff_premultiplied_alpha,
} cfs_tiff_alpha;

cfs_tiff_alpha cfs_tiff_alpha_of(const uint8_t *bytes, size_t size, uint32_t page);

// How a page lies, as Exif counts; 0 when it does not say.
uint32_t cfs_tiff_orientation(const uint8_t *bytes, size_t size, uint32_t page);

// Where the directories of the pages lie, in order, but for those that say that they are reduced versions of others.
// @return how many there are, at most `most`; -1 when the next one lies beyond the end.
int cfs_tiff_pages(const uint8_t *bytes, size_t size, uint32_t *pages, int most);

// Bytes that `cfs_tiff_turn_to` needs behind those of the file.
enum { CFS_TIFF_ROOM = 512 };

// Makes a page the only one. Its directory has no more than decoding takes: FFmpeg calls a file damaged that says what it
// does not know. The directory lies behind the file, so that the others stay as they are.
// @return false when FFmpeg cannot decode the page, or would take what it holds for something else.
bool cfs_tiff_turn_to(uint8_t *bytes, size_t size, uint32_t page);
