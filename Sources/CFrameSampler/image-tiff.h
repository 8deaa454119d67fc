// TIFF, by FFmpeg, page by page.
#pragma once

#include "image-library.h"

extern const cfs_image_library cfs_image_by_pages;

// Decodes one page, whose directory lies at `page`, as `cfs_image_next` does. Other pages of the file have to be decoded
// this way, too, from then on: the file's header names this one. 1 or an error.
int cfs_tiff_decode(const cfs_image_file *file, uint32_t page, cfs_picture **picture);
