// What is taken out of PNGs before they are decoded.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Removes the chunks of text and the color profile, in place: nobody looks at them, and they may be compressed a
// thousandfold, and would be expanded in memory by the decoder. Bytes that are no PNG stay as they are.
// @return the new size.
size_t cfs_png_without_text(uint8_t *bytes, size_t size);
