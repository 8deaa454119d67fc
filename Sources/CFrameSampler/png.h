// What is taken out of PNGs before they are decoded.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Removes the chunks of text and the colour profile, in place: nobody looks at them, and they may be compressed a
// thousandfold, which the decoder would undo in memory. Bytes that are no PNG stay as they are.
// @return the new size.
size_t cfs_png_without_text(uint8_t *bytes, size_t size);
