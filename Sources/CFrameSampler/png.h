// The chunks of PNGs.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Removes the chunks of text and a color profile that is large, in place: they may be compressed a thousandfold, and would
// be expanded in memory by the decoder. Bytes that are no PNG stay as they are.
// @return the new size.
size_t cfs_png_without_text(uint8_t *bytes, size_t size);

// Whether a PNG is an animation, as viewers tell: what announces one comes before its pictures.
bool cfs_png_is_animated(const uint8_t *bytes, size_t size);

// The data of a PNG's first chunk of a type ("eXIf"). NULL when there is none.
const uint8_t *cfs_png_chunk(const uint8_t *bytes, size_t size, const char *type, size_t *length);

// Where a PNG ends; 0 when it lacks the chunk that ends it.
size_t cfs_png_size(const uint8_t *bytes, size_t size);
